import Passthrough

extension Checkup {
    /// What keeps modprobe from VFIO's modules: `install`, blacklists, and the kernel's own list (modprobe.d(5);
    /// Documentation/admin-guide/kernel-parameters.txt, `module_blacklist=`).
    var blocked: [Finding] {
        let refused =
            entries { $0.count > 2 && $0[0] == "install" && $0[2].hasSuffix("false") }
            + listed(in: "module_blacklist=").map { "/proc/cmdline: \($0)" }
        let passed =
            entries { $0.count > 1 && $0[0] == "blacklist" }
            + listed(in: "modprobe.blacklist=").map { "/proc/cmdline: \($0)" }
        var findings: [Finding] = []
        if !refused.isEmpty {
            findings.append(
                Finding(
                    "vfio-pci-blocked", .error, "modprobe is configured not to load VFIO", evidence: refused,
                    fix: "remove it"))
        }
        if !passed.isEmpty {
            findings.append(
                Finding(
                    "vfio-pci-blacklisted", .warning,
                    "VFIO is blacklisted: systemd-modules-load skips it; modprobe by name still loads it, as this "
                        + "program and softdeps do",
                    evidence: passed, fix: "remove it"))
        }
        return findings
    }

    /// Lines of modprobe.d about VFIO that match, `-` read as `_`.
    private func entries(_ fits: ([String]) -> Bool) -> [String] {
        surroundings.modprobeLines.filter { line in
            let words = line.text.split(whereSeparator: \.isWhitespace).map { DriverName.moduleName($0) }
            return words.count > 1 && words[1].hasPrefix("vfio") && fits(words)
        }.map { "\($0.place): \($0.text)" }
    }

    /// Kernel parameters that name a module of VFIO in such a list.
    private func listed(in parameter: String) -> [String] {
        surroundings.kernelWords.filter { word in
            word.hasPrefix(parameter)
                && word.dropFirst(parameter.count).split(separator: ",").contains {
                    DriverName.moduleName($0).hasPrefix("vfio")
                }
        }
    }
}
