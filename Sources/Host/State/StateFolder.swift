package import HostFiles
package import Passthrough
import Processes
import SystemPackage

/// What this program remembers until the next boot: records of functions, holds, registered ids.
///
/// Each fact is a file of its own, replaced at once and synced, so that a kill at any instant leaves the old one or the new one,
/// and two processes that work on different functions never meet.
package struct StateFolder: Sendable {
    package let root: Root

    package init(root: Root) { self.root = root }

    // MARK: Records

    /// Every record that reads; the texts of those that do not.
    package func records() -> (records: [PCIAddress: FunctionRecord], damaged: [String]) {
        var records: [PCIAddress: FunctionRecord] = [:]
        var damaged: [String] = []
        for name in (try? root.names(in: StatePath.journal)) ?? [] where !name.hasPrefix(".") {
            if let address = PCIAddress(name), let record = record(of: address) {
                records[address] = record
            } else {
                damaged.append("\(StatePath.journal)/\(name): not a record of this version; ignored")
            }
        }
        return (records, damaged)
    }

    package func record(of address: PCIAddress) -> FunctionRecord? {
        guard let bytes = try? root.read(StatePath.record(address), limit: RecordText.limit) else { return nil }
        return RecordText.record(bytes, of: address)
    }

    package func save(_ record: FunctionRecord) throws(StateError) {
        if record.isByHand, record.method == .newID {
            try replace(StatePath.byHand(record.id, record.target), "", in: StatePath.byHand)
        }
        try replace(StatePath.record(record.address), RecordText.text(record), in: StatePath.journal)
    }

    package func dropRecord(of address: PCIAddress) throws(StateError) { try remove(StatePath.record(address)) }

    /// Whether a function that was bound by hand depends on a registered ID. Only a mark that such a function was there makes this read
    /// every record.
    package func isNeededByHand(_ type: Withdrawal) -> Bool {
        let mark = StatePath.byHand(type.id, type.driver)
        guard root.exists(mark) else { return false }
        let isNeeded = HostSnapshot(functions: [], records: records().records).isRebinding(type.id, with: type.driver)
        if !isNeeded { try? root.remove(mark) }
        return isNeeded
    }

    // MARK: Holds

    /// The functions on hold, with the instance that each hold is for.
    package func holds() -> [PCIAddress: UInt64] {
        var holds: [PCIAddress: UInt64] = [:]
        for name in (try? root.names(in: StatePath.holds)) ?? [] {
            guard let address = PCIAddress(name), let text = root.attribute("\(StatePath.holds)/\(name)"),
                let instance = UInt64(text)
            else { continue }
            holds[address] = instance
        }
        return holds
    }

    /// The instance that a function's hold is for; nil without a hold.
    package func hold(of address: PCIAddress) -> UInt64? {
        root.attribute(StatePath.hold(address)).flatMap { UInt64($0) }
    }

    package func hold(_ address: PCIAddress, instance: UInt64) throws(StateError) {
        try replace(StatePath.hold(address), "\(instance)\n", in: StatePath.holds)
        TypeVerdicts(root: root).forget()
    }

    package func dropHold(of address: PCIAddress) throws(StateError) { try remove(StatePath.hold(address)) }

    // MARK: Registered ids

    /// The ids that this program registered with a driver that is still the same: with its module, its ids go.
    package func registeredIDs() -> [DriverName: Set<PCIID>] {
        var ids: [DriverName: Set<PCIID>] = [:]
        for (driver, id) in registrations() {
            guard let known = registration(of: id, with: driver), known.isDone,
                known.driverInstance == (try? root.status(SysfsPath.driver(driver)))?.inode
            else { continue }
            ids[driver, default: []].insert(id)
        }
        return ids
    }

    /// The ids whose registration no run saw the end of.
    package func begunIDs() -> [DriverName: Set<PCIID>] {
        var ids: [DriverName: Set<PCIID>] = [:]
        for (driver, id) in registrations() where registration(of: id, with: driver)?.isDone == false {
            ids[driver, default: []].insert(id)
        }
        return ids
    }

    /// Everything that is written down as registered, whether or not it still holds.
    package func registrations() -> [(driver: DriverName, id: PCIID)] {
        ((try? root.names(in: StatePath.registeredIDs)) ?? []).compactMap { name in
            guard let at = name.lastIndex(of: "@"), let driver = DriverName(String(name[..<at])),
                let id = PCIID(name[name.index(after: at)...])
            else { return nil }
            return (driver, id)
        }
    }

    /// What is known of one registration: whether the kernel write was seen to end, and with which instance of the driver.
    package func registration(of id: PCIID, with driver: DriverName) -> (isDone: Bool, driverInstance: UInt64)? {
        guard let text = root.attribute(StatePath.registeredID(id, driver)) else { return nil }
        let words = text.split(separator: " ")
        guard words.count == 2, let instance = UInt64(words[1]) else { return (false, 0) }
        return (words[0] == "registered", instance)
    }

    /// Writes down a registration: first, ahead of the kernel write, that it is begun; then that it is done.
    package func saveRegistration(
        of id: PCIID, with driver: DriverName, driverInstance: UInt64, isDone: Bool
    ) throws(StateError) {
        let text = "\(isDone ? "registered" : "begun") \(driverInstance)\n"
        try replace(StatePath.registeredID(id, driver), text, in: StatePath.registeredIDs)
    }

    package func dropRegistration(of id: PCIID, with driver: DriverName) throws(StateError) {
        try remove(StatePath.registeredID(id, driver))
    }

    // MARK: Stuck functions

    /// What is said of the functions whose worker does not come back; one that has ended since counts no more.
    package func stuck() -> [PCIAddress: String] { stuckWorkers().mapValues(\.text) }

    /// The same with the process that each waits for.
    package func stuckWorkers() -> [PCIAddress: (pid: Int, text: String)] {
        var stuck: [PCIAddress: (pid: Int, text: String)] = [:]
        for name in (try? root.names(in: StatePath.stuck)) ?? [] {
            guard let address = PCIAddress(name), let text = root.attribute("\(StatePath.stuck)/\(name)") else {
                continue
            }
            let words = text.split(separator: " ", maxSplits: 2)
            // The time of its start tells the worker from a later process of its number.
            guard words.count == 3, let pid = Int(words[0]), let start = UInt64(words[1]),
                ProcessState.start(of: pid) == start, ProcessState.letter(of: pid) != "Z"
            else { continue }
            stuck[address] = (pid, String(words[2]))
        }
        return stuck
    }

    package func markStuck(_ address: PCIAddress, worker pid: Int, _ text: String) throws(StateError) {
        let start = ProcessState.start(of: pid) ?? 0
        try replace("\(StatePath.stuck)/\(address)", "\(pid) \(start) \(text)\n", in: StatePath.stuck)
    }

    package func clearStuck(_ address: PCIAddress) throws(StateError) { try remove("\(StatePath.stuck)/\(address)") }

    private func replace(_ path: String, _ text: String, in folder: String) throws(StateError) {
        do throws(Errno) {
            try root.makeFolder(folder)
            try root.replace(path, Array(text.utf8))
        } catch {
            throw StateError(path: path, reason: error)
        }
    }

    private func remove(_ path: String) throws(StateError) {
        do throws(Errno) {
            try root.remove(path)
        } catch {
            throw StateError(path: path, reason: error)
        }
    }
}
