import Passthrough

extension Checkup {
    var iommu: [Finding] {
        let groups = Set(snapshot.functions.filter { !$0.isNoIOMMUGroup }.compactMap(\.iommuGroup))
        var findings = [groups.isEmpty ? iommuOff : iommuOn(groups.count)]
        if snapshot.allowsNoIOMMU {
            findings.append(
                Finding(
                    "iommu-bypass", .warning,
                    "VFIO's no-IOMMU mode is enabled: a function in it can access all of the host's memory",
                    evidence: ["/sys/module/vfio/parameters/enable_unsafe_noiommu_mode is Y"],
                    fix: "disable it if guests must be isolated; virtual machines cannot use it"))
        }
        if !groups.isEmpty, let remaps = surroundings.remapsInterrupts { findings.append(remapping(remaps)) }
        let direct = surroundings.directGroups.filter { group in
            snapshot.functions.contains { $0.iommuGroup == group && wantsVFIO($0) }
        }
        if !direct.isEmpty {
            findings.append(
                Finding(
                    "iommu-direct-regions", .warning,
                    "firmware reserves memory of functions that policies assign to VFIO: VFIO cannot attach their groups",
                    evidence: direct.map { "/sys/kernel/iommu_groups/\($0)/reserved_regions has a direct region" },
                    fix: "look for RMRR or shared memory in the firmware's setup, or leave these functions to the host")
            )
        }
        return findings
    }

    private func iommuOn(_ count: Int) -> Finding {
        let names =
            surroundings.iommus.isEmpty ? [] : ["IOMMUs: \(surroundings.iommus.prefix(8).joined(separator: " "))"]
        let without = snapshot.functions.filter { $0.iommuGroup == nil }.map { "\($0.address) has no group" }
        return Finding(
            "iommu", .info, "the IOMMU is on: \(count) \(count == 1 ? "group" : "groups")",
            evidence: names + some(without))
    }

    private var iommuOff: Finding {
        let advice = IOMMUAdvice(surroundings)
        var evidence = ["none of \(snapshot.functions.count) functions has an IOMMU group"]
        if surroundings.iommus.isEmpty {
            evidence.append("/sys/class/iommu is empty")
        } else {
            evidence.append("but /sys/class/iommu has \(surroundings.iommus.joined(separator: " "))")
        }
        if surroundings.firmwareNamesIOMMU == false { evidence.append("no ACPI table of the firmware names an IOMMU") }
        evidence += advice.obstacles.map { "the kernel was started with \($0)" }
        var fixes: [String] = []
        if !advice.obstacles.isEmpty { fixes.append(surroundings.bootLoader.advice(removing: advice.obstacles)) }
        if !advice.words.isEmpty { fixes.append(surroundings.bootLoader.advice(adding: advice.words)) }
        fixes.append("make sure that \(advice.firmware)")
        return Finding(
            "iommu-off", .error, "the IOMMU is off: no function can be passed through to a guest", evidence: evidence,
            fix: fixes.joined(separator: "; "))
    }

    private func remapping(_ isOn: Bool) -> Finding {
        if isOn { return Finding("interrupt-remapping", .info, "interrupts are remapped") }
        let isAllowed = surroundings.allowsUnsafeInterrupts
        return Finding(
            "interrupt-remapping-off", .warning,
            isAllowed
                ? "interrupts are not remapped, and VFIO is configured to allow that: a guest can raise any interrupt of the host"
                : "interrupts are not remapped: VFIO refuses to attach a group (EPERM)",
            evidence: ["no interrupt chip in /proc/interrupts is called IR-…"],
            fix:
                "enable interrupt remapping (x2APIC, VT-d or AMD-Vi) in the firmware's setup, and remove intremap=off from "
                + "the kernel's command line")
    }

    func wantsVFIO(_ function: PCIFunction) -> Bool { decided[function.address]?.target?.isVFIO ?? false }
}
