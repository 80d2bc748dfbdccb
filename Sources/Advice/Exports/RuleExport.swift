package import Passthrough

/// A udev rule that starts the program only for functions that a policy could match.
///
/// It replaces the general rule, which starts it for every function; policies that no udev condition can express let every function pass.
package enum RuleExport {
    /// `mates` are the device IDs of the members of IOMMU groups that policies rebind whole.
    package static func text(_ policies: PolicySet, mates: [PCIID] = []) -> String {
        var seen: Set<String> = []
        let taking = policies.policies.filter { $0.action == .passthrough }
        let filters = (taking.flatMap { RuleExport.conditions(of: $0.match) } + mates.map { condition(IDPattern($0)) })
            .filter { seen.insert($0).inserted }
        let open = taking.filter { RuleExport.conditions(of: $0.match) == [everything] }.map {
            "# Policy \($0.name) matches by what udev cannot compare: every function passes."
        }
        let jumps = filters.map { "\($0), GOTO=\"vfio_rebind_handle\"" }
        return
            ([
                "# Made by `vfio-rebind export udev`, to replace the general rule as /etc/udev/rules.d/60-vfio-rebind.rules: compares",
                "# vendor and device before it starts the program. Generate it again when the policies change.",
                "",
                "# Owner and mode of VFIO's nodes, where a policy sets them; the directory exists once there is such a function.",
                "ACTION==\"add\", SUBSYSTEM==\"vfio|vfio-dev\", TEST==\"/run/vfio-rebind/access\", RUN+=\"/usr/sbin/vfio-rebind handle\"",
                "",
                "ACTION!=\"add|bind|change\", GOTO=\"vfio_rebind_end\"",
                "SUBSYSTEM!=\"pci\", GOTO=\"vfio_rebind_end\"",
                "ACTION==\"change\", ENV{ERROR_EVENT}==\"?*\", GOTO=\"vfio_rebind_end\"", "",
            ] + open + jumps + [
                "GOTO=\"vfio_rebind_end\"", "", "LABEL=\"vfio_rebind_handle\"", "RUN+=\"/usr/sbin/vfio-rebind handle\"",
                "", "LABEL=\"vfio_rebind_end\"",
            ]).joined(separator: "\n")
    }

    /// One condition for each alternative of the key that udev can compare; sysfs prints IDs as `0x15b3`, classes as `0x020000`.
    private static func conditions(of match: Match) -> [String] {
        if let ids = match.ids { return ids.map(condition) }
        if let subsystems = match.subsystems {
            return subsystems.map { pattern in
                terms([("subsystem_vendor", pattern.vendor), ("subsystem_device", pattern.device)])
            }
        }
        if let classes = match.classes {
            return classes.map { prefix in
                let rest = String(repeating: "?", count: 6 - prefix.digits)
                return "ATTR{class}==\"0x\(prefix)\(rest)\""
            }
        }
        if let addresses = match.addresses, addresses.allSatisfy({ !$0.description.contains("[!") }) {
            return addresses.map { "KERNEL==\"\($0)\"" }
        }
        return [everything]
    }

    private static let everything = "KERNEL==\"?*\""

    private static func condition(_ pattern: IDPattern) -> String {
        terms([("vendor", pattern.vendor), ("device", pattern.device)])
    }

    private static func terms(_ pairs: [(String, UInt16?)]) -> String {
        pairs.compactMap { name, value in
            value.map { "ATTR{\(name)}==\"0x\(Hexadecimal.text(UInt64($0), digits: 4))\"" }
        }.joined(separator: ", ")
    }
}
