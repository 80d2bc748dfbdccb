import HostFiles
import Passthrough

/// Since when the disks and interfaces of a function have been there for others to use.
///
/// A driver that binds late in a boot, or a card that comes back, shows them free for a while: whoever mounts disks and sets up
/// interfaces hears of them from udev, which writes down when it was done with each (`I:`, microseconds of CLOCK_MONOTONIC, in
/// `/run/udev/data`, systemd's src/libsystemd/sd-device/device-private.c).
struct UseAge {
    let root: Root
    /// Microseconds since 1970.
    let now: Int64
    /// Microseconds of CLOCK_MONOTONIC.
    let monotonic: Int64

    /// Seconds that others get to take something into use.
    static let patience: Int64 = 60

    /// Whether a look at them says more than what is remembered from that second: all were there before it, or have been there long enough.
    func isConclusive(_ name: Guard, at address: PCIAddress, since time: Int64) -> Bool {
        let entries = name == .storage ? disks(of: address) : interfaces(of: address)
        return !entries.isEmpty
            && entries.allSatisfy { entry in
                guard let initialized = initialized(entry) else { return false }
                let age = monotonic - initialized
                return age >= UseAge.patience * 1_000_000 || now - age <= time * 1_000_000
            }
    }

    private func disks(of address: PCIAddress) -> [String] {
        let devices = BlockDevices(root: root)
        // Partitions come and go on a disk that is there. Paths below a head of NVMe multipath are hidden, and have no number.
        let disks = devices.disks(of: address).filter { !root.exists("\(BlockDevices.folder($0))/partition") }
        return disks.compactMap(devices.number).map { "b\($0)" }
    }

    private func interfaces(of address: PCIAddress) -> [String] {
        let names = (try? root.names(in: "/sys/class/net")) ?? []
        return names.map { "/sys/class/net/\($0)" }.filter { folder in
            (try? root.linkText(folder)).map { PCIAddress.all(in: $0).contains(address) } ?? false
        }.compactMap { root.attribute("\($0)/ifindex") }.map { "n\($0)" }
    }

    private func initialized(_ entry: String) -> Int64? {
        guard let bytes = try? root.read("/run/udev/data/\(entry)", limit: Folder.attributeLimit) else { return nil }
        let line = bytes.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: "I:".utf8) }
        return line.flatMap { Int64(String(decoding: $0.dropFirst(2), as: UTF8.self)) }
    }
}
