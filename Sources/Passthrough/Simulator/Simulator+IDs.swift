/// `new_id` and `remove_id` of a driver: `drivers/pci/pci-driver.c`.
extension Simulator {
    /// `new_id_store`: adds an entry, then tries the driver on everything without one. Success says nothing of that.
    ///
    /// EINVAL for fewer than two fields. EEXIST where an entry of the driver's table fits the new one, then EINVAL for a
    /// `driver_data` that the table does not have, then EEXIST (from Linux 5.11 on) where a dynamic ID fits. With all
    /// seven fields given nobody looks for either. An entry that fits is not always the same: `PCI_ANY_ID` fits everything.
    mutating func addID(_ text: ArraySlice<UInt8>, to name: DriverName) -> KernelError? {
        let fields = SimulatorScan.fields(text, atMost: 7)
        guard let driver = drivers[name], let id = SimulatedID(fields: fields) else { return .invalid }
        let isChecked = fields.count < 7
        if isChecked, driver.hasInTable(id.identity) { return .exists }
        guard driver.accepts(driverData: id.driverData) else { return .invalid }
        if isChecked, driver.hasAdded(id.identity) { return .exists }
        drivers[name]?.dynamicIDs.append(id)
        attach(name)
        return nil
    }

    /// `remove_id_store`: forgets the first entry of this vendor and device that the other fields, where given, fit. Unbinds
    /// nothing. EINVAL for fewer than two fields, ENODEV where there is no such entry.
    mutating func removeID(_ text: ArraySlice<UInt8>, from name: DriverName) -> KernelError? {
        guard let wanted = SimulatedID(fields: SimulatorScan.fields(text, atMost: 6)) else { return .invalid }
        let position = drivers[name]?.dynamicIDs.firstIndex { entry in
            entry.vendor == wanted.vendor && entry.device == wanted.device
                && (wanted.subvendor == SimulatedID.any || entry.subvendor == wanted.subvendor)
                && (wanted.subdevice == SimulatedID.any || entry.subdevice == wanted.subdevice)
                && (entry.classCode ^ wanted.classCode) & wanted.classMask == 0
        }
        guard let position else { return .noDevice }
        drivers[name]?.dynamicIDs.remove(at: position)
        return nil
    }
}

extension SimulatedID {
    /// The entry of scanned fields: vendor, device, subvendor, subdevice, class, class mask, `driver_data`; at least two.
    ///
    /// Each but the last is cut to 32 bits, as `sscanf` cuts it.
    init?(fields: [UInt64]) {
        guard fields.count >= 2 else { return nil }
        self.init(vendor: UInt32(truncatingIfNeeded: fields[0]), device: UInt32(truncatingIfNeeded: fields[1]))
        if fields.count > 2 { subvendor = UInt32(truncatingIfNeeded: fields[2]) }
        if fields.count > 3 { subdevice = UInt32(truncatingIfNeeded: fields[3]) }
        if fields.count > 4 { classCode = UInt32(truncatingIfNeeded: fields[4]) }
        if fields.count > 5 { classMask = UInt32(truncatingIfNeeded: fields[5]) }
        if fields.count > 6 { driverData = fields[6] }
    }
}
