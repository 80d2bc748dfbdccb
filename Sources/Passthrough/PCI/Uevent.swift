/// A message of the kernel about one PCI function: "look at this address".
///
/// The facts beside the address are those of the moment at which the message was made; they may serve to pass an event over
/// cheaply, never to decide what is written. `drivers/pci/pci-driver.c` (`pci_uevent`) adds PCI_CLASS, PCI_ID, PCI_SUBSYS_ID
/// and PCI_SLOT_NAME, `drivers/base/core.c` (`dev_uevent`) DRIVER, and `lib/kobject_uevent.c` ACTION, DEVPATH and SUBSYSTEM.
package struct Uevent: Hashable, Sendable {
    /// `ACTION`: what happened.
    package let action: Action
    /// The function that it happened to, from the last component of `DEVPATH`.
    package let address: PCIAddress
    /// Who caused the message.
    package let origin: Origin
    /// `PCI_ID`, printed by the kernel in upper case (`8086:10D3`); nil if absent or malformed.
    package let id: PCIID?
    /// `PCI_SUBSYS_ID`, likewise; bridges say `0000:0000`.
    package let subsystem: PCIID?
    /// `PCI_CLASS`, printed by the kernel as `%04X`: `20000` for 020000; nil if absent or malformed.
    package let classCode: ClassCode?
    /// `DRIVER`: the driver bound when the message was made; `unbind` and `remove` carry none.
    package let driver: DriverName?
    /// `SEQNUM`: the kernel counts its events since it started; `/sys/kernel/uevent_seqnum` has the last one (`lib/kobject_uevent.c`).
    package let number: UInt64?

    /// What happened (Documentation/ABI/stable/sysfs-uevent, `lib/kobject_uevent.c`).
    package enum Action: String, Sendable, CaseIterable {
        /// The function was found, or is there as somebody who asked for the message wants it known.
        case add
        /// A driver took it: sent after the driver's probe and after the events of the children that the probe made.
        case bind
        /// Something about it changed: `physfn` of a VF, the number of VFs of a PF, recovery from an error.
        case change
        /// A driver let it go; sent after the driver's remove, and on the way to `remove`.
        case unbind
        /// It is gone.
        case remove
        /// `move`, `online`, `offline`, and what later kernels may add.
        case other
    }

    /// Where the message comes from.
    package enum Origin: String, Sendable, CaseIterable {
        /// Made by this program for a function that was there when it looked.
        case coldplug
        /// Sent by the kernel because something happened.
        case hotplug
        /// Asked for by a write to an `uevent` file, as udevadm-trigger(8) does at boot; the message has SYNTH_UUID.
        case synthetic
    }

    /// Makes the event that stands for a function found by looking.
    package init(coldplug address: PCIAddress) {
        action = .add
        self.address = address
        origin = .coldplug
        id = nil
        subsystem = nil
        classCode = nil
        driver = nil
        number = nil
    }

    /// Reads an event from its properties: udev's environment, or a device that libudev received.
    ///
    /// `property` gives the value of a key, nil where it is absent. Throws what tells that the message is not ours; no text traps.
    package init(_ property: (_ key: String) -> String?) throws(Rejection) {
        guard property("SUBSYSTEM") == "pci" else { throw .otherSubsystem }
        guard let action = property("ACTION"), !action.isEmpty else { throw .noAction }
        guard let path = property("DEVPATH"), !path.isEmpty else { throw .noDevicePath }
        guard let address = Uevent.address(in: path) else { throw .noAddress }
        // pci_uevent_ers (drivers/pci/pci-driver.c): AER, EEH and zPCI recover a function that keeps its driver meanwhile.
        if action == "change", property("ERROR_EVENT") != nil { throw .errorRecovery }
        self.action = Action(rawValue: action) ?? .other
        self.address = address
        origin = property("SYNTH_UUID") == nil ? .hotplug : .synthetic
        id = property("PCI_ID").flatMap { PCIID($0) }
        subsystem = property("PCI_SUBSYS_ID").flatMap { PCIID($0) }
        classCode = property("PCI_CLASS").flatMap(Uevent.classCode)
        driver = property("DRIVER").flatMap(DriverName.init)
        number = property("SEQNUM").flatMap { UInt64($0) }
    }

    /// Reads a message of the kernel: `bind@/devices/…`, then properties, each with a NUL behind it (`kobject_uevent_env`,
    /// lib/kobject_uevent.c). Nil for one that is not ours.
    package init?(message: UnsafeRawBufferPointer) {
        let properties = message.split(separator: 0).dropFirst()
        guard properties.allSatisfy({ $0.contains(UInt8(ascii: "=")) }) else { return nil }
        let event = try? Uevent { key in
            let begin = key.utf8.count
            let property = properties.last {
                $0.dropFirst(begin).first == UInt8(ascii: "=") && $0.starts(with: key.utf8)
            }
            return property.map { String(decoding: $0.dropFirst(begin + 1), as: UTF8.self) }
        }
        guard let event else { return nil }
        self = event
    }

    /// The address that the last component of a DEVPATH names.
    ///
    /// Accepted: an absolute path of printable ASCII (`/devices/pci0000:00/0000:00:1c.0`) whose last component is an address just
    /// as the kernel prints it. Rejected: `.`, `..` and empty components anywhere, other spellings of an address, more than 4,096 bytes.
    private static func address(in path: String) -> PCIAddress? {
        var path = path
        return path.withUTF8 { bytes in
            guard bytes.first == slash, bytes.count <= 4096 else { return nil }
            // Where the last component begins, and whether it has been nothing but dots so far.
            var begin = 1
            var isDots = true
            for index in 1..<bytes.count {
                let byte = bytes[index]
                guard (0x21...0x7e).contains(byte) else { return nil }
                if byte == slash {
                    if isDots, index - begin <= 2 { return nil }
                    begin = index + 1
                    isDots = true
                } else {
                    isDots = isDots && byte == UInt8(ascii: ".")
                }
            }
            let name = UnsafeBufferPointer(rebasing: bytes[begin...])
            guard let address = PCIAddress(bytes: name), address.description.utf8.elementsEqual(name) else {
                return nil
            }
            return address
        }
    }

    private static let slash = UInt8(ascii: "/")

    private static func classCode(_ text: String) -> ClassCode? {
        Hexadecimal.parse(text.utf8, digits: 1...6).map { ClassCode(UInt32($0)) }
    }
}

extension PCIFunction {
    /// A function of which only the properties of an event are known; nil if they have no device ID.
    package init?(_ event: Uevent) {
        guard let id = event.id else { return nil }
        self.init(address: event.address, id: id, classCode: event.classCode ?? ClassCode(0))
        subsystem = event.subsystem
    }
}
