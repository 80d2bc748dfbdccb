import ArgumentParser
import Glibc
import Host
import Passthrough

/// Waits until a slow driver has unbound a function, then rebinds it as the policies say; started by `handle`, not by users.
struct FinishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "finish", abstract: "Wait for a stuck function, then finish or undo its change.",
        shouldDisplay: false)

    @OptionGroup var options: GlobalOptions

    @Argument(transform: AddressArgument.init) var address: AddressArgument

    func run() throws {
        let session = try Session(options, writes: true)
        let key = WorkUnit.functionKey(address.address)
        // The holder is blocked in the kernel, so its lock is polled until it is released.
        while LockSet.isHeld(key, root: session.root) { usleep(100_000) }
        let request = PlanRequest(addresses: [address.address], isByUser: false)
        let result = try Runner(session: session).rebind(request)
        let log = EventLog(options: options, root: session.root, isUnderUdev: false)
        for outcome in result.functions { log.record(outcome) }
        if result.status != .success { throw ExitCode(result.status.rawValue) }
    }
}
