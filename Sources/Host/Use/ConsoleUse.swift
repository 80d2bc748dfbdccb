import HostFiles
import Passthrough

/// Tells whether a function shows or takes what its user sees and types: boot display, connected screens, consoles.
struct ConsoleUse {
    private let root: Root
    private var roles: [PCIAddress: [ConsoleRole]] = [:]
    /// Functions that have outputs, frame buffers or serial lines at all.
    private var concerned: Set<PCIAddress> = []

    /// `looks` tells whether there may be outputs, frame buffers or serial lines at all.
    init(root: Root, looks: Bool) {
        self.root = root
        guard looks else { return }
        addOutputs()
        addFrameBuffers()
        addSerialLines()
    }

    private mutating func add(_ path: String, _ role: ConsoleRole?) {
        for address in PCIAddress.all(in: path) {
            concerned.insert(address)
            if let role { roles[address, default: []].append(role) }
        }
    }

    /// `/sys/class/drm/card0-HDMI-A-1/status` (drivers/gpu/drm/drm_sysfs.c).
    private mutating func addOutputs() {
        for name in (try? root.names(in: "/sys/class/drm")) ?? [] {
            let folder = "/sys/class/drm/\(name)"
            guard let path = try? root.linkText(folder) else { continue }
            guard let dash = name.firstIndex(of: "-") else {
                add(path, nil)
                continue
            }
            let isConnected = root.attribute("\(folder)/status") == "connected"
            add(path, isConnected ? .screen(connector: String(name[name.index(after: dash)...])) : nil)
        }
    }

    /// Frame buffers below a function count where a console is on them: `bind` of fbcon's line in `/sys/class/vtconsole`.
    private mutating func addFrameBuffers() {
        let consoles = (try? root.names(in: "/sys/class/vtconsole")) ?? []
        let isOff =
            !consoles.isEmpty
            && !consoles.contains { name in
                let folder = "/sys/class/vtconsole/\(name)"
                return root.attribute("\(folder)/bind") == "1"
                    && root.attribute("\(folder)/name")?.contains("frame buffer") == true
            }
        for name in (try? root.names(in: "/sys/class/graphics")) ?? [] where name != "fbcon" {
            guard let path = try? root.linkText("/sys/class/graphics/\(name)") else { continue }
            add(path, isOff ? nil : .framebuffer(name))
        }
    }

    /// The consoles of the kernel (`/sys/class/tty/console/active`); virtual terminals are no serial lines.
    private mutating func addSerialLines() {
        let active = (root.attribute("/sys/class/tty/console/active") ?? "").split(separator: " ")
        for name in active {
            guard let path = try? root.linkText("/sys/class/tty/\(name)") else { continue }
            add(path, .kernelConsole(String(name)))
        }
    }

    /// The answer of the guard `console`; nil where the function has nothing to show.
    func finding(for function: PCIFunction) -> UseFinding? {
        var found = roles[function.address] ?? []
        let isBootDisplay = function.classCode.base == 0x03 ? root.attribute(path(function)) : nil
        if isBootDisplay == "1" { found.insert(.bootDisplay, at: 0) }
        if !found.isEmpty { return UseFinding(.busy, found.map { .console($0) }) }
        return concerned.contains(function.address) || function.classCode.base == 0x03 ? UseFinding(.free) : nil
    }

    private func path(_ function: PCIFunction) -> String { "\(SysfsPath.device(function.address))/boot_vga" }
}
