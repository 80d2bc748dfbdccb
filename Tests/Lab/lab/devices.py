"""Hot-plug: of QEMU's devices over its monitor, and of stand-in functions over their bridge."""

from .agent import PATIENCE, CommandFailed


class Devices:
    process = None

    def plug(self, driver, name, bus="port7", wait=True, **properties):
        """Plugs a device in and gives its address. Two underscores in a property stand for a dash.

        wait: until sysfs shows it. Not so for functions 1 to 7 of a card (addr="0.1", multifunction=True), which the
        guest sees when function 0 comes last, nor where a test takes times and wants an idle guest.
        """
        arguments = {key.replace("__", "-"): value for key, value in properties.items()}
        self.process.monitor.execute("device_add", driver=driver, id=name, bus=bus, **arguments)
        address = self.wait_for(lambda: self.address_of(name), what=f"{name} gets an address")
        if wait:
            self.wait_for(lambda: self.exists(address), what=f"{address} appears")
        return address

    def unplug(self, name, timeout=PATIENCE):
        """Asks the guest to let go. qemu-xhci is one that QEMU never reports as deleted."""
        mark = self.process.monitor.mark()
        self.process.monitor.execute("device_del", id=name)
        return self.process.monitor.wait_event("DEVICE_DELETED", mark, timeout, device=name) is not None

    def plug_disk(self, name, size=None, bus="port7", vfs=0):
        """An NVMe disk. Without a size nothing is behind it; with one ("64M") it keeps what is written.

        With virtual functions it is a controller without a disk: QEMU 7.2 plugs no namespace into a subsystem.
        """
        properties = {"serial": name}
        if vfs:
            properties |= {"subsys": "subsystem", "sriov_max_vfs": vfs}
            properties |= {"sriov_vq_flexible": 2 * vfs, "sriov_vi_flexible": vfs}
        else:
            properties["drive"] = f"{name}-storage"
            self._storage(properties["drive"], size)
        return self.plug("nvme", name, bus, **properties)

    def _storage(self, node, size):
        storage = {"driver": "null-co", "size": 64 << 20, "read-zeroes": True}
        if size is not None:
            file = self.process.folder / node
            with open(file, "wb") as stored:
                stored.truncate(int(size[:-1]) << {"K": 10, "M": 20, "G": 30}[size[-1]])
            storage = {"driver": "raw", "file": {"driver": "file", "filename": str(file)}}
        self.process.monitor.execute("blockdev-add", **{"node-name": node}, **storage)

    def address_of(self, name):
        """Where the guest sees a device of QEMU's, or None while its bus has no number."""

        def search(devices):
            for device in devices:
                if device["qdev_id"] == name:
                    return device
                if found := search(device.get("pci_bridge", {}).get("devices", [])):
                    return found
            return None

        for bus in self.process.monitor.execute("query-pci"):
            if found := search(bus["devices"]):
                return f"0000:{found['bus']:02x}:{found['slot']:02x}.{found['function']:x}"
        return None

    def bridge(self, *commands):
        """Commands for the software host bridge, in order, in one run; its module is loaded at the first."""
        script = "test -e /dev/standin || modprobe standin_bridge; exec writes"
        printed = self.run(script, input="".join(f"{command}\n" for command in commands)).stdout
        failed = [pair for pair in zip(commands, printed.split()) if pair[1] != "ok"]
        if failed:
            raise CommandFailed(f"the host bridge refused: {failed}")

    def knob(self, module, **values):
        """Sets parameters of a stand-in driver; its module is loaded if it is not there."""
        self.run(["modprobe", module])
        for name, value in values.items():
            self.write(f"/sys/module/{module}/parameters/{name}", f"{value}\n")
