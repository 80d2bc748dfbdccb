"""PCI functions as Linux 6.12 shows them, and what belongs to them: groups, interfaces, disks."""

import os

# Device and function below the port, ids, subsystem, class, driver, index of its group mate or -1, what stands below
# it.
CARDS = [
    (0x00, 0, "8086:1572", "8086:0008", 0x020000, "i40e", -1, "net"),
    (0x00, 1, "8086:1572", "8086:0000", 0x020000, "i40e", -1, "net"),
    (0x02, 0, "8086:154c", "8086:0000", 0x020000, "iavf", -1, "net"),
    (0x02, 1, "8086:154c", "8086:0000", 0x020000, "iavf", -1, "net"),
    (0x03, 0, "8086:10d3", "8086:a01f", 0x020000, "e1000e", -1, "net"),
    (0x04, 0, "144d:a808", "144d:a801", 0x010802, "nvme", -1, "nvme"),
    (0x05, 0, "10de:2204", "1458:403b", 0x030000, None, -1, None),
    (0x05, 1, "10de:1aef", "1458:403b", 0x040300, "snd_hda_intel", 6, None),
    (0x06, 0, "15b3:1003", "15b3:0055", 0x020000, "mlx4_core", -1, None),
    (0x06, 1, "15b3:1003", "15b3:0055", 0x020000, "mlx4_core", 8, None),
    (0x06, 2, "15b3:1003", "15b3:0055", 0x020000, "mlx4_core", 8, None),
    (0x06, 3, "15b3:1003", "15b3:0055", 0x020000, "mlx4_core", 8, None),
    (0x07, 0, "8086:10fb", "8086:0003", 0x020000, "vfio-pci", -1, None),
    (0x08, 0, "1b36:000d", "1af4:1100", 0x0C0330, "xhci_hcd", -1, None),
    (0x09, 0, "1af4:1041", "1af4:1100", 0x020000, "virtio-pci", -1, None),
]
VIRTUAL = {2: 0, 3: 0}  # index of a VF: index of its PF
PORT = ("8086:3420", "8086:0000", 0x060400, "pcieport")
DRIVERS = sorted({card[5] for card in CARDS if card[5]} | {"pcieport", "pci-stub", "ahci"})


class Host:
    """The functions that were added, and the numbers that the kernel would give to what belongs to them."""

    def __init__(self, root):
        self.root = root
        self.groups = 0
        self.interfaces = 0
        self.disks = 0
        self.addresses = []

    def port(self, index):
        """The root port of one set: 128 ports a domain, buses 01 to 80."""
        domain, number = index // 128, index % 128
        address = f"{domain:04x}:00:{number // 8:02x}.{number % 8}"
        path = f"sys/devices/pci{domain:04x}:00/{address}"
        self.function(address, path, *PORT, group=self.new_group(), header=0x81)
        return path, domain, number + 1

    def new_group(self):
        self.groups += 1
        return self.groups - 1

    def cards(self, port, domain, bus, count):
        groups, paths = {}, {}
        for index, (device, function, ids, subsystem, code, driver, mate, kind) in enumerate(CARDS[:count]):
            address = f"{domain:04x}:{bus:02x}:{device:02x}.{function}"
            path = paths[index] = f"{port}/{address}"
            groups[index] = groups[mate] if mate in groups else self.new_group()
            self.function(address, path, ids, subsystem, code, driver, groups[index], header=0x80)
            if kind == "net":
                self.interface(path)
            elif kind == "nvme":
                self.disk(path)
        for index, physical in VIRTUAL.items():
            if index in paths:
                self.root.link(f"{paths[index]}/physfn", paths[physical])
                self.root.link(f"{paths[physical]}/virtfn{index - 2}", paths[index])
        if 0 in paths:
            self.root.write(f"{paths[0]}/sriov_totalvfs", "64\n", 0o444)
            self.root.write(f"{paths[0]}/sriov_numvfs", f"{sum(index in paths for index in VIRTUAL)}\n")

    def function(self, address, path, ids, subsystem, code, driver, group, header):
        vendor, device = (int(part, 16) for part in ids.split(":"))
        subvendor, subdevice = (int(part, 16) for part in subsystem.split(":"))
        root = self.root
        self.addresses.append(address)
        modalias = (
            f"pci:v{vendor:08X}d{device:08X}sv{subvendor:08X}sd{subdevice:08X}"
            f"bc{code >> 16:02X}sc{code >> 8 & 0xFF:02X}i{code & 0xFF:02X}"
        )
        attributes = {
            "vendor": f"0x{vendor:04x}", "device": f"0x{device:04x}", "class": f"0x{code:06x}", "revision": "0x01",
            "subsystem_vendor": f"0x{subvendor:04x}", "subsystem_device": f"0x{subdevice:04x}",
            "driver_override": "(null)", "numa_node": str(group % 2), "enable": "1" if driver else "0", "irq": "24",
            "local_cpulist": "0-15", "local_cpus": "ffff", "modalias": modalias, "dma_mask_bits": "64",
            "consistent_dma_mask_bits": "64", "broken_parity_status": "0", "d3cold_allowed": "1", "ari_enabled": "0",
            "msi_bus": "1", "power_state": "D0", "current_link_speed": "8.0 GT/s PCIe", "current_link_width": "4",
            "max_link_speed": "8.0 GT/s PCIe", "max_link_width": "4", "reset_method": "flr bus",
            "resource": "0x0000000000000000 0x0000000000000000 0x0000000000000000\n" * 12 + "0x0 0x0 0x0",
        }  # fmt: skip
        if code >> 8 == 0x0300:
            attributes["boot_vga"] = "1" if len(self.addresses) < 16 else "0"
        for name, text in attributes.items():
            root.write(f"{path}/{name}", text + "\n")
        for name in ("remove", "rescan", "reset"):
            root.write(f"{path}/{name}", "", 0o200)
        uevent = f"DRIVER={driver}\n" if driver else ""
        uevent += f"PCI_CLASS={code:04X}\nPCI_ID={vendor:04X}:{device:04X}\n"
        uevent += f"PCI_SUBSYS_ID={subvendor:04X}:{subdevice:04X}\nPCI_SLOT_NAME={address}\nMODALIAS={modalias}\n"
        root.write(f"{path}/uevent", uevent)
        root.write(f"{path}/power/control", "auto\n")
        root.write(f"{path}/power/runtime_status", "active\n")
        root.write(f"{path}/config", self.configuration(vendor, device, code, subvendor, subdevice, header))
        root.link(f"sys/bus/pci/devices/{address}", path)
        root.link(f"{path}/subsystem", "sys/bus/pci")
        root.link(f"{path}/iommu_group", f"sys/kernel/iommu_groups/{group}")
        root.link(f"sys/kernel/iommu_groups/{group}/devices/{address}", path)
        if driver:
            root.link(f"{path}/driver", f"sys/bus/pci/drivers/{driver}")
            root.link(f"sys/bus/pci/drivers/{driver}/{address}", path)
        if driver == "vfio-pci":
            root.write(f"{path}/vfio-dev/vfio{group}/uevent", "")
            root.write(f"dev/vfio/{group}", "", 0o600)

    @staticmethod
    def configuration(vendor, device, code, subvendor, subdevice, header):
        """The 64 bytes of the header, little-endian (PCI Local Bus Specification 3.0, section 6.1)."""
        data = bytearray(64)
        data[0:4] = vendor.to_bytes(2, "little") + device.to_bytes(2, "little")
        data[8] = 1
        data[9:12] = code.to_bytes(3, "little")
        data[14] = header
        if header & 0x7F == 0:
            data[44:48] = subvendor.to_bytes(2, "little") + subdevice.to_bytes(2, "little")
        return bytes(data)

    def interface(self, path):
        self.interfaces += 1
        name = f"eth{self.interfaces}"
        folder = f"{path}/net/{name}"
        values = {
            "ifindex": str(self.interfaces + 1), "flags": "0x1002", "operstate": "down", "type": "1",
            "address": f"02:00:00:00:{self.interfaces >> 8:02x}:{self.interfaces & 0xFF:02x}", "mtu": "1500",
            "iflink": str(self.interfaces + 1), "dev_port": "0",
        }  # fmt: skip
        for attribute, text in values.items():
            self.root.write(f"{folder}/{attribute}", text + "\n")
        self.root.write(f"{folder}/uevent", f"INTERFACE={name}\nIFINDEX={self.interfaces + 1}\n")
        self.root.link(f"{folder}/device", path)
        self.root.link(f"{folder}/subsystem", "sys/class/net")
        self.root.link(f"sys/class/net/{name}", folder)

    def disk(self, path):
        controller, name = f"nvme{self.disks}", f"nvme{self.disks}n1"
        folder = f"{path}/nvme/{controller}/{name}"
        self.root.write(f"{path}/nvme/{controller}/state", "live\n")
        self.root.link(f"sys/class/nvme/{controller}", f"{path}/nvme/{controller}")
        for part, number in ((folder, 0), (f"{folder}/{name}p1", 1)):
            self.root.write(f"{part}/dev", f"259:{self.disks * 2 + number}\n")
            self.root.write(f"{part}/size", "1048576\n")
            self.root.write(f"{part}/uevent", f"MAJOR=259\nMINOR={self.disks * 2 + number}\n")
            self.root.folder(f"{part}/holders")
            self.root.folder(f"{part}/slaves")
            self.root.link(f"{part}/subsystem", "sys/class/block")
            self.root.link(f"sys/class/block/{os.path.basename(part)}", part)
            self.root.link(f"sys/dev/block/259:{self.disks * 2 + number}", part)
        self.root.link(f"sys/block/{name}", folder)
        self.disks += 1
