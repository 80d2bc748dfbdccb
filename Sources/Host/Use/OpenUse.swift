import HostFiles
import Passthrough

/// Finds the device nodes below functions and the processes that hold them.
struct OpenUse {
    private let root: Root
    /// Paths of nodes by the function that they sit below.
    private var nodes: [PCIAddress: Set<String>] = [:]

    /// `looks` tells whether there may be nodes at all.
    init(root: Root, functions: [PCIFunction], looks: Bool) {
        self.root = root
        for function in functions { addUnseen(function) }
        guard looks else { return }
        var isIndexed = false
        for kind in ["char", "block"] {
            let folder = "/sys/dev/\(kind)"
            guard let numbers = try? root.names(in: folder) else { continue }
            isIndexed = true
            for number in numbers { add("\(folder)/\(number)") }
        }
        if !isIndexed { for function in functions { search(below: function.address) } }
        addMultipathHeads()
    }

    /// Disks of NVMe multipath and their generic nodes sit below their subsystem; what is held of one is held of each of its paths.
    private mutating func addMultipathHeads() {
        for subsystem in NVMeSubsystem.all(root: root) {
            let held = subsystem.heads.flatMap { head in
                let names = (try? root.names(in: "\(subsystem.folder)/\(head)")) ?? []
                return [head, "ng\(head.dropFirst("nvme".count))"] + names.filter { $0.hasPrefix(head) }
            }
            for address in subsystem.functions where !held.isEmpty {
                nodes[address, default: []].formUnion(held.map { "/dev/\($0)" })
            }
        }
    }

    /// A node of the kernel's index by number, `/sys/dev/char/226:0`.
    private mutating func add(_ link: String) {
        guard let path = try? root.linkText(link) else { return }
        let addresses = PCIAddress.all(in: path)
        // VFIO's own nodes are the business of the guard in-use.
        guard !addresses.isEmpty, !path.contains("/vfio-dev/") else { return }
        let node = OpenUse.node(path, uevent: root.attribute("\(link)/uevent"))
        for address in addresses { nodes[address, default: []].insert(node) }
    }

    /// The path that devtmpfs gives to a node: `DEVNAME` of its uevent, else what the kernel does for its class.
    private static func node(_ path: String, uevent: String?) -> String {
        let line = (uevent ?? "").split(separator: "\n").first { $0.hasPrefix("DEVNAME=") }
        if let name = line?.dropFirst("DEVNAME=".count) { return "/dev/\(name)" }
        let parts = path.split(separator: "/")
        let folders = [
            "drm": "dri/", "sound": "snd/", "accel": "accel/", "infiniband_verbs": "infiniband/",
            "infiniband_mad": "infiniband/", "input": "input/",
        ]
        let folder = parts.dropLast().reversed().lazy.compactMap { folders[String($0)] }.first ?? ""
        return "/dev/\(folder)\(parts.last ?? "")"
    }

    private static let classes = [
        "drm", "sound", "accel", "infiniband_verbs", "infiniband_mad", "uio", "nvme", "block", "ptp", "tty", "misc",
        "scsi_generic", "watchdog", "tpm", "mei",
    ]

    /// For trees without `/sys/dev`: what stands in the folders of classes below the function.
    private mutating func search(below address: PCIAddress) {
        let device = SysfsPath.device(address)
        for name in OpenUse.classes {
            var folders = ["\(device)/\(name)"]
            for _ in 0..<3 {
                let found = folders.flatMap { folder in
                    ((try? root.names(in: folder)) ?? []).map { "\(folder)/\($0)" }
                }
                for path in found where root.exists("\(path)/dev") {
                    nodes[address, default: []].insert(
                        OpenUse.node(path, uevent: root.attribute("\(path)/uevent")))
                }
                folders = found.filter { !$0.hasSuffix("/device") && !$0.hasSuffix("/subsystem") }
            }
        }
    }

    /// Nodes that sysfs does not place below a function: NVIDIA's driver makes its own, amdgpu shares one for computing.
    private mutating func addUnseen(_ function: PCIFunction) {
        if function.driver?.text == "nvidia" {
            let text = root.attribute("/proc/driver/nvidia/gpus/\(function.address)/information") ?? ""
            let minor = text.split(separator: "\n").first { $0.hasPrefix("Device Minor:") }
                .flatMap { Int($0.dropFirst("Device Minor:".count).filter { $0 != " " && $0 != "\t" }) }
            // Without that page any card's node may be this one's.
            let minors = minor.map { $0...$0 } ?? 0...31
            for minor in minors { nodes[function.address, default: []].insert("/dev/nvidia\(minor)") }
        } else if function.driver?.text == "amdgpu" {
            nodes[function.address, default: []].insert("/dev/kfd")
        }
    }

    /// Whether there is anything below the function that a process could hold.
    func hasNodes(_ function: PCIFunction) -> Bool {
        function.driver?.isVFIO != true && nodes[function.address] != nil
    }

    /// The answer of the guard `open`; nil where there is no node below the function.
    func finding(for function: PCIFunction, _ processes: ProcessScan) -> UseFinding? {
        guard hasNodes(function), let nodes = nodes[function.address] else { return nil }
        let evidence = nodes.sorted().flatMap { node in
            (processes.holders[node] ?? []).filter { !$0.isLookingOnly }.map { Evidence.open(node: node, $0) }
        }
        if !evidence.isEmpty { return UseFinding(.busy, evidence) }
        return processes.isComplete ? UseFinding(.free) : UseFinding(.unknown, [.needsRoot])
    }
}

extension HoldingProcess {
    /// Whether this is udev, which has each new disk open for the moment in which it looks what is on it.
    fileprivate var isLookingOnly: Bool {
        unit.map { $0 == "systemd-udevd.service" } ?? ["systemd-udevd", "(udev-worker)"].contains(command)
    }
}
