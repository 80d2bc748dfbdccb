import HostFiles
import Passthrough

/// The files in which other tools, or an administrator by hand, give functions to drivers.
struct ToolFiles {
    let root: Root

    private static let limit = 1 << 20
    /// Of each kind; a host with more has another problem.
    private static let mostLines = 4096

    /// Lines of modprobe.d(5) that concern vfio, pci-stub, or the order of drivers.
    var modprobe: [ConfigurationLine] {
        lines([
            "/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d",
        ]) {
            $0.hasSuffix(".conf")
        } where: { line in
            let text = DriverName.moduleName(line)
            return ["options ", "softdep ", "install ", "blacklist "].contains { text.hasPrefix($0) }
                && (text.contains("vfio") || text.contains("pci_stub"))
        }
    }

    /// Lines of udev rules, this program's own left out, that choose a driver of a PCI function.
    var udev: [ConfigurationLine] {
        lines(ToolFiles.ruleFolders) {
            $0.hasSuffix(".rules") && $0 != ToolFiles.ownRule
        } where: { line in
            ["driver_override", "new_id", "drivers_probe", "vfio-pci", "vfio_pci"].contains { line.contains($0) }
                && !line.contains("SUBSYSTEM==\"vfio\"")
        }
    }

    var hasRule: Bool { ToolFiles.ruleFolders.contains { root.exists("\($0)/\(ToolFiles.ownRule)") } }

    /// `/etc/driverctl.d/pci-0000:04:00.0` holds the driver's name (driverctl(8)).
    var driverctl: [ConfigurationLine] {
        lines(["/etc/driverctl.d"]) {
            PCIAddress($0.drop { $0 != "-" }.dropFirst()) != nil
        } where: {
            !$0.isEmpty
        }
    }

    /// What the SR-IOV network operator's daemon keeps on a node.
    var sriov: [ConfigurationLine] {
        lines(["/etc/sriov-operator", "/etc/sriov-operator/pci"]) { _ in
            true
        } where: {
            !$0.isEmpty
        }
    }

    private static let ownRule = "60-vfio-rebind.rules"
    private static let ruleFolders = [
        "/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d",
        "/lib/udev/rules.d",
    ]

    /// Lines of the files of some folders, comments left out; a file hides those of its name in the folders after it.
    private func lines(
        _ folders: [String], _ isWanted: (String) -> Bool, where matches: (String) -> Bool
    ) -> [ConfigurationLine] {
        var seen: Set<String> = []
        var found: [ConfigurationLine] = []
        for folder in folders {
            for name in (try? root.names(in: folder)) ?? [] where isWanted(name) && seen.insert(name).inserted {
                guard let bytes = try? root.read("\(folder)/\(name)", limit: ToolFiles.limit) else { continue }
                let lines = String(decoding: bytes, as: UTF8.self).split(
                    separator: "\n", omittingEmptySubsequences: false)
                for (number, line) in lines.enumerated() where found.count < ToolFiles.mostLines {
                    let text = String(line.drop(while: \.isWhitespace))
                    guard !text.hasPrefix("#"), matches(text) else { continue }
                    found.append(ConfigurationLine(file: "\(folder)/\(name)", number: number + 1, text: text))
                }
            }
        }
        return found
    }
}
