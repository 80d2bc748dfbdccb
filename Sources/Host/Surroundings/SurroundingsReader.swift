package import HostFiles
package import Passthrough

/// Reads what stands around the functions: processor, boot loader, kernel words, modules, and what other tools were told.
package struct SurroundingsReader: Sendable {
    private let root: Root

    private static let limit = 1 << 20

    package init(root: Root) { self.root = root }

    package func surroundings() -> Surroundings {
        var surroundings = Surroundings()
        surroundings.processor = processor
        surroundings.bootLoader = bootLoader
        surroundings.kernelWords = (text("/proc/cmdline") ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
        surroundings.vfioPCI = ModuleDatabase(root: root).vfioPCI
        surroundings.iommus = names("/sys/class/iommu")
        surroundings.firmwareNamesIOMMU = firmwareNamesIOMMU
        surroundings.remapsInterrupts = remapsInterrupts(surroundings.processor)
        surroundings.allowsUnsafeInterrupts =
            root.attribute("/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts") == "Y"
        surroundings.directGroups = names("/sys/kernel/iommu_groups").compactMap { UInt32($0) }.filter(hasDirectRegion)
        let files = ToolFiles(root: root)
        surroundings.modprobeLines = files.modprobe
        surroundings.udevLines = files.udev
        surroundings.hasRule = files.hasRule
        surroundings.driverctl = files.driverctl
        surroundings.sriovLines = files.sriov
        surroundings.nodeModes = nodeModes
        surroundings.lockableBytes = lockableBytes
        return surroundings
    }

    /// From `/proc/cpuinfo`, which every architecture words in its own way (`arch/*/kernel/`).
    private var processor: Processor {
        let text = text("/proc/cpuinfo") ?? ""
        if text.contains("GenuineIntel") { return .intel }
        if text.contains("AuthenticAMD") || text.contains("HygonGenuine") { return .amd }
        if text.contains("IBM/S390") { return .ibmZ }
        if text.contains("CPU implementer") { return .arm }
        return text.contains("POWER") ? .power : .other
    }

    private var bootLoader: BootLoader {
        if root.exists("/etc/zipl.conf") { return .zipl }
        if root.exists("/usr/sbin/grubby") { return .grubby }
        if root.exists("/etc/default/grub") { return .grub }
        if ["/efi", "/boot", "/boot/efi"].contains(where: { root.exists("\($0)/loader/loader.conf") }) {
            return .systemdBoot
        }
        return root.exists("/boot/extlinux/extlinux.conf") ? .extlinux : .unknown
    }

    private var firmwareNamesIOMMU: Bool? {
        let tables = names("/sys/firmware/acpi/tables")
        return tables.isEmpty ? nil : tables.contains { ["DMAR", "IVRS", "IORT"].contains($0) }
    }

    /// The chips of `/proc/interrupts` are called `IR-…` where remapping is on (`drivers/iommu/irq_remapping.c`).
    private func remapsInterrupts(_ processor: Processor) -> Bool? {
        guard processor == .intel || processor == .amd, let text = text("/proc/interrupts"), !text.isEmpty else {
            return nil
        }
        return text.split(whereSeparator: \.isWhitespace).contains { $0.hasPrefix("IR-") }
    }

    /// Lines are `start end type`; `direct` is what firmware uses and nobody else may (`drivers/iommu/iommu.c`).
    private func hasDirectRegion(_ group: UInt32) -> Bool {
        let text = root.attribute("/sys/kernel/iommu_groups/\(group)/reserved_regions") ?? ""
        return text.split(separator: "\n").contains { $0.hasSuffix(" direct") }
    }

    private var nodeModes: [String: UInt32] {
        let nodes = names("/dev/vfio").filter { $0 != "devices" }.map { "/dev/vfio/\($0)" }
        let devices = names("/dev/vfio/devices").map { "/dev/vfio/devices/\($0)" }
        var modes: [String: UInt32] = [:]
        for path in nodes + devices {
            if let status = try? root.status(path) { modes[path] = status.mode & 0o7777 }
        }
        return modes
    }

    /// `Max locked memory         8388608              8388608              bytes` (fs/proc/base.c, `lnames`).
    private var lockableBytes: UInt64? {
        let line = (text("/proc/self/limits") ?? "").split(separator: "\n").first { $0.hasPrefix("Max locked memory") }
        return line?.split(separator: " ").dropFirst(3).first.flatMap { UInt64($0) }
    }

    private func names(_ path: String) -> [String] { (try? root.names(in: path)) ?? [] }

    private func text(_ path: String) -> String? {
        (try? root.read(path, limit: SurroundingsReader.limit)).map { String(decoding: $0, as: UTF8.self) }
    }
}
