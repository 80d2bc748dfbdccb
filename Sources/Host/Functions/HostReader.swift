package import HostFiles
package import Passthrough
import SystemPackage

/// Reads PCI functions and drivers from sysfs. It never writes, and never reads an attribute that takes a device's lock unless asked.
package struct HostReader: Sendable {
    package let root: Root
    /// What is read of each function besides what always is.
    private let wanted: FunctionFacts
    private let isBrief: Bool

    /// A brief one leaves out what is there to be shown and no policy asks for: the revision, and the NUMA node unless it is wanted.
    package init(root: Root, wanted: FunctionFacts = .none, isBrief: Bool = false) {
        self.root = root
        self.wanted = wanted
        self.isBrief = isBrief
    }

    /// Why a host cannot be read at all.
    package enum Failure: Error, CustomStringConvertible {
        case noPCI(String)

        package var description: String {
            switch self {
            case .noPCI(let reason): "reading PCI functions: \(SysfsPath.devices): \(reason); is sysfs mounted?"
            }
        }
    }

    /// Every address that sysfs shows, sorted. Throws where there is no `/sys/bus/pci/devices`.
    package func addresses() throws(Failure) -> [PCIAddress] {
        do throws(Errno) {
            return try root.folder(SysfsPath.devices).names().compactMap { PCIAddress($0) }.sorted()
        } catch {
            throw .noPCI("\(error)")
        }
    }

    /// Throws where there is no `/sys/bus/pci/devices`.
    func askForPCI() throws(Failure) {
        do throws(Errno) {
            _ = try root.status(SysfsPath.devices)
        } catch {
            throw .noPCI("\(error)")
        }
    }

    /// Every function; one that vanishes while it is read is left out.
    package func functions() throws(Failure) -> [PCIFunction] {
        let addresses = try addresses()
        let identities = identityReader
        return addresses.compactMap { function(at: $0, identities) }
    }

    private var identityReader: IdentityReader? {
        wanted.rawValue == 0 ? nil : IdentityReader(root: root, wanted: wanted)
    }

    /// One function, without its `driver_override`; nil where it is not there or its ids do not read.
    package func function(at address: PCIAddress) -> PCIFunction? { function(at: address, identityReader) }

    private func function(at address: PCIAddress, _ identities: IdentityReader?) -> PCIFunction? {
        guard let folder = try? root.folder(SysfsPath.device(address)) else { return nil }
        return function(in: folder, address, identities)
    }

    private func function(
        in folder: borrowing Folder, _ address: PCIAddress, _ identities: IdentityReader?
    ) -> PCIFunction? {
        guard var function = identity(folder, address) else { return nil }
        function.path = chain(folder.path, to: address)
        if !isBrief { function.revision = UInt8(truncatingIfNeeded: number(folder, "revision", 2) ?? 0) }
        function.driver = folder.linkName("driver").flatMap { DriverName($0) }
        function.iommuGroup = folder.linkName("iommu_group").flatMap { UInt32($0) }
        if !isBrief || wanted.contains(.numaNode) {
            function.numaNode = folder.attribute("numa_node").flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
        }
        function.physicalFunction = folder.linkName("physfn").flatMap { PCIAddress($0) }
        while folder.linkName("virtfn\(function.virtualFunctionCount)") != nil { function.virtualFunctionCount += 1 }
        // A function that has left its bus answers all ones until the kernel has taken it away (`include/linux/pci.h`, PCI_ERROR_RESPONSE).
        if let configuration = folder.prefix("config", 64), configuration.count > 0x0e, configuration[0x0e] != 0xff {
            function.headerType = configuration[0x0e]
        }
        if let identities { function.identity = identities.identity(folder, address) }
        return function
    }

    /// Only what the card itself says: ids and class.
    package func identity(at address: PCIAddress) -> PCIFunction? {
        guard let folder = try? root.folder(SysfsPath.device(address)) else { return nil }
        return identity(folder, address)
    }

    /// A function as it was read, and what tells whether it is still that one.
    package struct Reading: Sendable {
        package let function: PCIFunction
        fileprivate let instance: UInt64
    }

    /// Reads a function; nil where it is not there or its ids do not read.
    package func reading(of address: PCIAddress) -> Reading? {
        guard let folder = try? root.folder(SysfsPath.device(address)), let status = try? folder.status(),
            let function = function(in: folder, address, identityReader)
        else { return nil }
        return Reading(function: function, instance: status.inode)
    }

    /// Whether neither another card is at its address nor another driver has it: what else a reading tells stays while these do.
    package func stillHolds(_ reading: Reading) -> Bool {
        let address = reading.function.address
        return instance(of: address) == reading.instance && driver(of: address) == reading.function.driver
    }

    /// Whether it has an IOMMU group to itself, or none.
    package func isAlone(_ function: PCIFunction) -> Bool {
        guard let group = function.iommuGroup else { return true }
        return (try? root.folder("/sys/kernel/iommu_groups/\(group)/devices").names().count) == 1
    }

    /// The card type alone, where that of every function is asked.
    func id(at address: PCIAddress) -> PCIID? {
        guard let folder = try? root.folder(SysfsPath.device(address)), let vendor = number(folder, "vendor", 4),
            let device = number(folder, "device", 4)
        else { return nil }
        return PCIID(vendor: UInt16(vendor), device: UInt16(device))
    }

    /// The functions at the other ends of a link, itself among them or not.
    func functions(connected link: Neighbourhood.Link) -> [PCIFunction] {
        switch link {
        case .group(let group):
            let names = (try? root.names(in: "/sys/kernel/iommu_groups/\(group)/devices")) ?? []
            return names.compactMap { PCIAddress($0) }.compactMap(function)
        case .below(let address):
            guard let folder = try? root.folder(SysfsPath.device(address)) else { return [] }
            return HostReader.addresses(below: folder).compactMap(function)
        case .types(let ids):
            let all = (try? addresses()) ?? []
            return all.filter { id(at: $0).map(ids.contains) ?? false }.compactMap(function)
        }
    }

    /// Addresses below a function's folder, at any depth: behind a VMD controller they stand in that of its domain, `pci10000:e0`.
    private static func addresses(below folder: borrowing Folder) -> [PCIAddress] {
        var found: [PCIAddress] = []
        for entry in (try? folder.entries()) ?? [] where entry.isFolder {
            let address = PCIAddress(entry.name)
            guard address != nil || entry.name.hasPrefix("pci"), let next = try? folder.folder(entry.name) else {
                continue
            }
            if let address { found.append(address) }
            found += addresses(below: next)
        }
        return found
    }

    private func identity(_ folder: borrowing Folder, _ address: PCIAddress) -> PCIFunction? {
        // One attribute instead of five, where the kernel itself writes it: in a made-up tree it need not say what the others do.
        if root.isHost, let modalias = folder.attribute("modalias").flatMap({ Modalias($0) }) {
            return PCIFunction(
                address: address, id: modalias.id, subsystem: modalias.subsystem, classCode: modalias.classCode)
        }
        guard let vendor = number(folder, "vendor", 4), let device = number(folder, "device", 4) else { return nil }
        var function = PCIFunction(
            address: address, id: PCIID(vendor: UInt16(vendor), device: UInt16(device)),
            classCode: ClassCode(UInt32(number(folder, "class", 6) ?? 0)))
        if let vendor = number(folder, "subsystem_vendor", 4), let device = number(folder, "subsystem_device", 4) {
            function.subsystem = PCIID(vendor: UInt16(vendor), device: UInt16(device))
        }
        return function
    }

    /// The override of a function; nil where it is clear. Takes the device's lock before Linux 7.1: only a worker calls this.
    package func driverOverride(of address: PCIAddress) -> String? {
        guard let text = root.attribute(SysfsPath.driverOverride(address)), text != "(null)", !text.isEmpty else {
            return nil
        }
        return text
    }

    /// The driver that the link names now.
    package func driver(of address: PCIAddress) -> DriverName? {
        root.linkName("\(SysfsPath.device(address))/driver").flatMap { DriverName($0) }
    }

    /// The inode of the function's folder; nil where there is none. sysfs gives each object a new one (seen in the lab: a function that is
    /// unplugged and plugged again at the same address has another).
    package func instance(of address: PCIAddress) -> UInt64? {
        (try? root.status(SysfsPath.device(address)))?.inode
    }

    /// Whether VFIO shows a device for the function: `vfio-dev/` (Linux 6.1 on), or the node of its group.
    package func hasVFIODevice(_ address: PCIAddress) -> Bool {
        if root.exists("\(SysfsPath.device(address))/vfio-dev") { return true }
        guard let group = try? root.folder(SysfsPath.device(address)).linkName("iommu_group") else { return false }
        return UInt32(group).map(VFIONodePath.candidates)?.contains(where: root.exists) ?? false
    }

    /// Whether a VF is given to drivers by an override alone: `sriov_drivers_autoprobe` of its PF is 0.
    func wantsOverride(_ function: PCIFunction) -> Bool {
        guard let parent = function.physicalFunction else { return false }
        return root.attribute("\(SysfsPath.device(parent))/sriov_drivers_autoprobe") == "0"
    }

    /// Whether vfio-pci's deny list is switched off; its parameters are there only while the module is.
    package var ignoresDenyList: Bool { root.attribute("/sys/module/vfio_pci/parameters/disable_denylist") == "Y" }

    /// Whether VFIO's no-IOMMU mode is on (`drivers/vfio/`, parameter of the module vfio).
    package var allowsNoIOMMU: Bool {
        root.attribute("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode") == "Y"
    }

    /// Whether an IOMMU group is one of the no-IOMMU mode, which carries that name.
    package func isNoIOMMUGroup(_ group: UInt32) -> Bool {
        root.attribute("/sys/kernel/iommu_groups/\(group)/name") == "vfio-noiommu"
    }

    private func number(_ folder: borrowing Folder, _ name: String, _ digits: Int) -> UInt64? {
        guard let text = folder.attribute(name), text.hasPrefix("0x") else { return nil }
        return Hexadecimal.parse(text.utf8.dropFirst(2), digits: 1...digits)
    }

    /// The PCI functions above it and itself, from the path that the link below `/sys/bus/pci/devices` names.
    private func chain(_ path: String, to address: PCIAddress) -> [PCIAddress] {
        guard var text = try? root.linkText(path) else { return [address] }
        return text.withUTF8 { bytes in
            bytes.split(separator: UInt8(ascii: "/")).compactMap {
                PCIAddress(bytes: UnsafeBufferPointer(rebasing: $0))
            }
        }
    }
}
