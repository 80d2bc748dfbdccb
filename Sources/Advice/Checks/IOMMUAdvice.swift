package import Passthrough

/// How to enable the IOMMU: by adding or removing a kernel parameter, or in the firmware.
package struct IOMMUAdvice: Sendable, Hashable {
    /// Missing kernel parameters.
    package let words: [String]
    /// Kernel parameters that disable it.
    package let obstacles: [String]
    /// Further conditions.
    package let firmware: String

    /// For a host on which no function has an IOMMU group.
    ///
    /// Documentation/admin-guide/kernel-parameters.txt: Intel's is off if the kernel was built so and `intel_iommu=on` is not
    /// set; AMD's is on if the firmware describes one, and has no parameter for it.
    package init(_ surroundings: Surroundings) {
        obstacles = surroundings.kernelWords.filter {
            ["iommu=off", "intel_iommu=off", "amd_iommu=off", "arm-smmu.disable=1"].contains($0)
        }
        let isAsked = surroundings.kernelWords.contains { $0.hasPrefix("intel_iommu=on") }
        words = surroundings.processor == .intel && !isAsked ? ["intel_iommu=on"] : []
        firmware =
            switch surroundings.processor {
            case .intel: "VT-d is on in the firmware's setup"
            case .amd: "the IOMMU (AMD-Vi) is on in the firmware's setup; no kernel parameter is needed"
            case .arm: "the firmware describes the SMMU (ACPI table IORT, or the device tree)"
            case .ibmZ:
                "the kernel has CONFIG_S390_IOMMU, as those of distributions have; each zPCI function has a group then"
            case .power: "the machine runs in a mode with an IOMMU for each bridge (sPAPR TCE)"
            case .other: "there is an IOMMU and it is on in the firmware's setup"
            }
    }
}

extension BootLoader {
    /// How to add kernel parameters for the next boot.
    package func advice(adding words: [String]) -> String {
        let text = words.joined(separator: " ")
        return switch self {
        case .grub: "add \"\(text)\" to GRUB_CMDLINE_LINUX in /etc/default/grub, run update-grub, and reboot"
        case .grubby: "run grubby --update-kernel=ALL --args=\"\(text)\", and reboot"
        case .systemdBoot:
            "add \"\(text)\" to /etc/kernel/cmdline, run kernel-install add \"$(uname -r)\" /lib/modules/\"$(uname -r)\"/vmlinuz, and reboot"
        case .zipl: "add \"\(text)\" to parameters= in /etc/zipl.conf, run zipl, and reboot"
        case .extlinux: "add \"\(text)\" to the APPEND line in /boot/extlinux/extlinux.conf, and reboot"
        case .unknown: "add \"\(text)\" to the kernel's command line in the boot loader's configuration, and reboot"
        }
    }

    /// How to remove kernel parameters.
    package func advice(removing words: [String]) -> String {
        let text = words.joined(separator: " ")
        return switch self {
        case .grub: "remove \"\(text)\" from /etc/default/grub, run update-grub, and reboot"
        case .grubby: "run grubby --update-kernel=ALL --remove-args=\"\(text)\", and reboot"
        case .systemdBoot: "remove \"\(text)\" from /etc/kernel/cmdline, run kernel-install for this kernel, and reboot"
        case .zipl: "remove \"\(text)\" from /etc/zipl.conf, run zipl, and reboot"
        case .extlinux: "remove \"\(text)\" from /boot/extlinux/extlinux.conf, and reboot"
        case .unknown: "remove \"\(text)\" from the kernel's command line, and reboot"
        }
    }
}
