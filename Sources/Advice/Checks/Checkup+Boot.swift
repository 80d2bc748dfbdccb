import Passthrough

extension Checkup {
    /// Whether the boot configuration agrees with the policies.
    var boot: [Finding] {
        guard let plan else { return [] }
        let all = BootTrace.all(in: surroundings)
        let readable = all.filter { $0.driver == .vfioPCI && ($0.isKernelWord || surroundings.vfioPCI != .builtIn) }
        let traces = [readable.last(where: \.isKernelWord), readable.last { !$0.isKernelWord }].compactMap(\.self)
        let wanted = BootTypes(plan, policies).ids
        var findings = repeated(readable) + conflicts(traces) + order(traces)
        let lost = all.filter { $0.driver == .vfioPCI && !$0.isKernelWord && surroundings.vfioPCI == .builtIn }
        if !lost.isEmpty {
            findings.append(
                Finding(
                    "boot-ids-ineffective", .warning,
                    "ids= in modprobe.d has no effect: vfio-pci is built into the kernel",
                    evidence: lost.map(\.place),
                    fix: surroundings.bootLoader.advice(adding: ["$(vfio-rebind export cmdline)"])))
        }
        let stub = all.filter { $0.driver == .pciStub }
        let taken = stub.flatMap { trace in
            snapshot.functions.filter { function in wantsVFIO(function) && trace.ids.contains { $0.matches(function) } }
                .map { "\(trace.place): \($0.id) is \($0.address)" }
        }
        if !taken.isEmpty {
            findings.append(
                Finding(
                    "boot-ids-pci-stub", .warning, "pci-stub binds functions at boot that policies assign to vfio-pci",
                    evidence: some(taken), fix: "remove these IDs from the configuration of pci-stub"))
        }
        let missing = wanted.filter { id in !traces.contains { $0.ids.contains { $0.names(id) } } }
        if !missing.isEmpty {
            let way = surroundings.vfioPCI == .builtIn ? "cmdline" : "modprobe"
            findings.append(
                Finding(
                    "boot-ids-missing", traces.isEmpty ? .info : .warning,
                    traces.isEmpty
                        ? "vfio-pci binds nothing at boot: native drivers may bind the functions first, for a moment"
                        : "the boot configuration does not have every device ID of the policies",
                    evidence: some(missing.map { "\($0) is not in any ids=" }),
                    fix: BootExport(ids: wanted, nativeModules: []).isTooLong
                        ? "these are more IDs than vfio-pci reads: leave them to the udev rule and the monitor"
                        : way == "modprobe"
                            ? modprobeFix(traces)
                            : surroundings.bootLoader.advice(adding: ["$(vfio-rebind export cmdline)"])))
        } else if !traces.isEmpty, findings.isEmpty {
            findings.append(
                Finding(
                    "boot-parity", .info, "the boot configuration agrees with the policies",
                    evidence: traces.map { "\($0.place): \($0.ids.map(\.text).joined(separator: ","))" }))
        }
        return findings
    }

    private func modprobeFix(_ traces: [BootTrace]) -> String {
        let line = traces.first { !$0.isKernelWord }.map { ", in place of the ids= of \($0.place)" } ?? ""
        return "vfio-rebind export modprobe > /etc/modprobe.d/vfio-rebind.conf\(line), then rebuild the initramfs"
    }

    /// modprobe hands the module every `options` line, and of several `ids=` the kernel keeps the last (kernel/params.c,
    /// param_set_copystring; seen in the lab).
    private func repeated(_ traces: [BootTrace]) -> [Finding] {
        guard traces.count > 1 else { return [] }
        return [
            Finding(
                "boot-ids-repeated", .warning,
                "ids= of vfio-pci is set several times, and only the last one takes effect",
                evidence: some(traces.map { "\($0.place): \($0.ids.map(\.text).joined(separator: ","))" }),
                fix: "put all IDs into one ids=")
        ]
    }

    /// IDs of a module that is loaded after the native driver, and then finds no function without a driver.
    private func order(_ traces: [BootTrace]) -> [Finding] {
        let wanted = Set(plan.map { BootTypes($0, policies).ids } ?? [])
        guard surroundings.vfioPCI == .loaded || surroundings.vfioPCI == .loadable else { return [] }
        let order = ModuleOrder(surroundings.modprobeLines)
        let ids = traces.flatMap(\.ids)
        var first: [String: String] = [:]
        for function in snapshot.functions where ids.contains(where: { $0.matches(function) }) {
            let native = snapshot.records[function.address]?.nativeDriver ?? function.driver
            guard let native, !native.isVFIO, native != .pciStub, !order.loadsVFIO(before: native.moduleName),
                wanted.contains(function.id)
            else { continue }
            first[native.moduleName, default: ""] += " \(function.address)"
        }
        guard !first.isEmpty else { return [] }
        let softdeps = first.sorted { $0.key < $1.key }.map { "no softdep \($0.key) pre: vfio-pci, for\($0.value)" }
        return [
            Finding(
                "boot-ids-late", .warning,
                "ids= is set for vfio-pci, but nothing loads it before the native drivers of these devices",
                evidence: some(softdeps),
                fix: "add the softdeps that `vfio-rebind export modprobe` prints, then rebuild the initramfs")
        ]
    }

    /// IDs of functions that a policy ignores or a guard refuses, and IDs that no policy matches.
    private func conflicts(_ traces: [BootTrace]) -> [Finding] {
        var wrong: [String] = []
        var unknown: [String] = []
        for trace in traces {
            for id in trace.ids {
                for function in snapshot.functions where id.matches(function) && !function.isBridge {
                    let entry = "\(trace.place): \(id.text) takes \(function.address)"
                    switch decided[function.address]?.decision {
                    case .ignored, .refused:
                        wrong.append("\(entry): \(decided[function.address]?.reason ?? "")")
                    case .unmatched: unknown.append("\(entry), which no policy matches")
                    default: break
                    }
                }
            }
        }
        var findings: [Finding] = []
        if !wrong.isEmpty {
            findings.append(
                Finding(
                    "boot-ids-conflict", .error, "vfio-pci.ids claims devices that must stay with the host",
                    evidence: some(wrong),
                    fix: "remove these IDs; the udev rule or the monitor applies the policies without them"))
        }
        if !unknown.isEmpty {
            findings.append(
                Finding(
                    "boot-ids-unknown", .warning,
                    "vfio-pci.ids claims devices that no policy matches",
                    evidence: some(unknown), fix: "write a policy for them, or remove these IDs"))
        }
        return findings
    }
}
