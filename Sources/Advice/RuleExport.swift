package import Passthrough

/// A udev rule that starts the program only for functions that a policy could name.
///
/// It stands in for the general rule, which starts it for every function; what no condition of udev can say passes.
package enum RuleExport {
    package static func text(_ policies: PolicySet) -> String {
        var seen: Set<String> = []
        let filters = policies.policies.filter { $0.action == .passthrough }
            .flatMap { RuleExport.conditions(of: $0.match) }.filter { seen.insert($0).inserted }
        let jumps = filters.map { "\($0), GOTO=\"vfio_rebind_handle\"" }
        return
            ([
                "# Made by `vfio-rebind export udev`, to stand in /etc/udev/rules.d/60-vfio-rebind.rules for the general rule: asks for",
                "# vendor and device before it starts the program. To be made anew when the policies change.",
                "",
                "ACTION!=\"add|bind|change\", GOTO=\"vfio_rebind_end\"",
                "SUBSYSTEM!=\"pci\", GOTO=\"vfio_rebind_end\"",
                "ACTION==\"change\", ENV{ERROR_EVENT}==\"?*\", GOTO=\"vfio_rebind_end\"", "",
            ] + jumps + [
                "GOTO=\"vfio_rebind_end\"", "", "LABEL=\"vfio_rebind_handle\"", "RUN+=\"/usr/sbin/vfio-rebind handle\"",
                "", "LABEL=\"vfio_rebind_end\"",
            ]).joined(separator: "\n")
    }

    /// One condition for each alternative of the key that udev can ask for; sysfs prints ids as `0x15b3`, classes as `0x020000`.
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
        return ["KERNEL==\"?*\""]
    }

    private static func condition(_ pattern: IDPattern) -> String {
        terms([("vendor", pattern.vendor), ("device", pattern.device)])
    }

    private static func terms(_ pairs: [(String, UInt16?)]) -> String {
        pairs.compactMap { name, value in
            value.map { "ATTR{\(name)}==\"0x\(Hexadecimal.text(UInt64($0), digits: 4))\"" }
        }.joined(separator: ", ")
    }
}
