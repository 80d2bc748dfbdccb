import Passthrough

extension Checkup {
    var vfio: [Finding] {
        [presence, ways] + blocked
    }

    private var presence: Finding {
        switch surroundings.vfioPCI {
        case .missing:
            Finding(
                "vfio-pci-missing", .error, "vfio-pci is neither loaded nor available as a module",
                evidence: ["no /sys/bus/pci/drivers/vfio-pci", "modules.dep and modules.builtin do not name it"],
                fix:
                    "install all modules of this kernel (linux-modules-extra of Ubuntu, kernel-modules of Fedora), or use a "
                    + "kernel with CONFIG_VFIO_PCI")
        case .builtIn: Finding("vfio-pci", .info, "vfio-pci is built into the kernel")
        case .loaded: Finding("vfio-pci", .info, "vfio-pci is loaded")
        case .loadable: Finding("vfio-pci", .info, "vfio-pci is a module that is loaded when it is needed")
        }
    }

    /// Which of the three ways to bind functions to vfio-pci can be used on this host.
    private var ways: Finding {
        let module: String
        let kernel: String
        switch surroundings.vfioPCI {
        case .missing: return Finding("ways", .info, "functions cannot be bound to vfio-pci: the driver is missing")
        case .builtIn:
            module = "ids= of the module: no, vfio-pci is built in and does not read modprobe.d"
            kernel = "vfio_pci.ids= of the kernel: yes, `vfio-rebind export cmdline`"
        case .loaded, .loadable:
            module = "ids= of the module: yes, `vfio-rebind export modprobe`"
            kernel = "vfio_pci.ids= of the kernel: yes, modprobe reads it too, `vfio-rebind export cmdline`"
        }
        let types = plan.map { BootTypes($0, policies) }
        let leftOut = types?.leftOut ?? []
        let message =
            leftOut.isEmpty
            ? "sysfs can be used at any time; ids= binds device IDs to vfio-pci at boot"
            : types?.ids.isEmpty ?? true
                ? "ids= cannot be used on this host: it would also bind devices that must stay; use the udev rule or the monitor"
                : "ids= cannot be used for IDs of devices that must stay; use the udev rule or the monitor for those"
        return Finding(
            "ways", .info, message,
            evidence: ["sysfs: yes, `vfio-rebind apply`, the udev rule and the monitor", module, kernel]
                + some(leftOut.map { "not by ids=: \($0.id), because \($0.address) must stay: \($0.reason)" }))
    }

    var nodes: [Finding] {
        var findings: [Finding] = []
        let open = surroundings.nodeModes.filter { $0.key != "/dev/vfio/vfio" && $0.value & 0o006 != 0 }
        let texts = surroundings.nodeModes.sorted { $0.key < $1.key }.map {
            "\($0.key) has mode 0\(String($0.value, radix: 8))"
        }
        if !open.isEmpty {
            findings.append(
                Finding(
                    "vfio-permissions", .warning, "every user may open VFIO devices",
                    evidence: some(open.keys.sorted().map { "\($0) is open to others" }),
                    fix: "chmod 0660 and give the node to the group of those who run guests"))
        } else if let mode = surroundings.nodeModes["/dev/vfio/vfio"], mode & 0o006 != 0o006 {
            findings.append(
                Finding(
                    "vfio-permissions", .warning,
                    "/dev/vfio/vfio, which every user of VFIO opens, can be opened by its owner only",
                    evidence: some(texts),
                    fix: "let udev set mode 0666, as its own rules do; this node alone gives access to no device"))
        } else if !texts.isEmpty {
            findings.append(
                Finding(
                    "vfio-permissions", .info, "VFIO devices can be opened by the owners of their nodes only",
                    evidence: some(texts)
                ))
        }
        if let bytes = surroundings.lockableBytes {
            findings.append(
                Finding(
                    "memlock", .info,
                    "a process here may lock \(bytes >> 10) KiB; a guest with a function has all of its memory locked",
                    evidence: ["/proc/self/limits: Max locked memory"],
                    fix:
                        "libvirt and root raise it themselves; for a QEMU of another user set LimitMEMLOCK=, or memlock in "
                        + "/etc/security/limits.d"))
        }
        return findings
    }
}
