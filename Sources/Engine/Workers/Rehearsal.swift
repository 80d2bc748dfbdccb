import Glibc
import Host
package import HostFiles
import Passthrough
import Processes
import SystemPackage

/// One piece of work on a made-up host, before the first event comes.
///
/// What the runtime has to find out of a generic type it finds out once in a process, by a search through everything that is linked, and
/// a forked worker has it from its parent. Without this, each worker would search again: more than all else that it does.
package enum Rehearsal {
    /// Below the state, so that it is memory and gone with the boot; each process has its own.
    private static let prefix = "rehearsal-"
    private static var folder: String { "\(StatePath.folder)/\(prefix)\(getpid())" }

    /// Removes what processes that were killed meanwhile have left.
    package static func clean(root: Root) {
        for name in (try? root.names(in: StatePath.folder)) ?? [] where name.hasPrefix(prefix) {
            try? root.removeTree("\(StatePath.folder)/\(name)")
        }
    }

    /// Rebinds a function of the made-up host in this process: nothing outside of its folder is read or written.
    ///
    /// It needs what a worker needs too, so a host on which it fails is none the worse for it.
    package static func run(root: Root) {
        defer { try? root.removeTree(folder) }
        guard let address = PCIAddress("0000:00:00.0"), let driver = DriverName("rehearsal"),
            (try? make(address, driver, root)) != nil,
            let stage = try? Root(root.path == "/" ? folder : root.path + folder)
        else { return }
        let policy = Policy(
            name: driver.text, match: Match(addresses: [.exact(address)]), driver: driver, method: .driverOverride)
        let planner = Planner(policies: PolicySet([policy]), request: PlanRequest(isByUser: false))
        guard let known = try? SnapshotReader(root: stage).functions() else { return }
        _ = planner.candidates(in: known)
        for unit in WorkUnit.units(of: known.functions) {
            UnitWorker(
                root: stage, job: .rebind(planner), unit: unit, known: known, table: FunctionTable(known.functions),
                patience: 0, pipe: .none
            ).run()
        }
    }

    /// A network card without a driver, and a driver that takes what it is given.
    private static func make(_ address: PCIAddress, _ driver: DriverName, _ root: Root) throws(Errno) {
        let device = folder + SysfsPath.device(address)
        let texts = [
            "vendor": "0x0000", "device": "0x0000", "class": "0x020000", "revision": "0x00", "numa_node": "-1",
            "driver_override": "(null)",
        ]
        try root.makeFolder("\(device)/net/eth0")
        for (name, text) in texts { try root.replace("\(device)/\(name)", Array("\(text)\n".utf8)) }
        let place = folder + SysfsPath.driver(driver)
        try root.makeFolder(place)
        for name in ["bind", "unbind"] { try root.replace("\(place)/\(name)", []) }
    }
}
