import Advice
import ArgumentParser
import Passthrough
import PolicyFiles

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Show why a function is treated as it is: each policy, each guard.",
        usage: "vfio-rebind explain [<options>] <address>")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var source: SnapshotOption

    @Option(
        help: ArgumentHelp("Try only this policy; may be repeated.", valueName: "policy"),
        completion: Completions.policies)
    var only: [String] = []

    @Argument(
        help: ArgumentHelp("The function.", valueName: "address"), completion: Completions.addresses,
        transform: AddressArgument.init)
    var address: AddressArgument

    func run() throws {
        let session = try Session(options, writes: false, snapshot: source.snapshot)
        let address = address.address
        let planner = Planner(policies: session.policies)
        let (plan, snapshot) = try session.plan(PlanRequest(addresses: [address], isByUser: false))
        guard let function = snapshot.function(at: address) else { return }
        let recorded = snapshot.recordedDriver(of: address)
        for name in only where !session.policies.policies.contains(where: { $0.name == name }) {
            let names = session.policies.policies.map(\.name)
            throw Failure(status: .usage, message: "no policy \(name); \(Suggestion.hint(for: name, among: names))")
        }
        let trials = session.policies.policies.filter { only.isEmpty || only.contains($0.name) }.map {
            (policy: $0, mismatch: $0.firstMismatch(function, recordedDriver: recorded))
        }
        let guards = try guards(session, planner, plan, address)
        let libvirt = guards.filter { $0.name == .libvirt && $0.verdict == .busy }.flatMap(\.texts)
        let explanation = Explanation(
            function: function, decision: plan.functions.first { $0.function.address == address }, trials: trials,
            guards: guards,
            owners: Owner.owners(
                of: function, in: session.source.surroundings ?? Surroundings(), libvirt: libvirt),
            history: session.source.history(of: address))
        Output.standard(options.json ? explanation.document.text : explanation.text(Style(options.color)))
    }

    /// The guards of the plan; where no policy takes the function they are asked as for vfio-pci.
    private func guards(
        _ session: Session, _ planner: Planner, _ plan: HostPlan, _ address: PCIAddress
    ) throws(Failure) -> [GuardFinding] {
        let planned = plan.functions.first { $0.function.address == address }?.guards ?? []
        if !planned.isEmpty { return planned }
        let asked = Policy(name: "(explain)", match: Match(addresses: [.exact(address)]))
        let again = try session.quietly.plan(PlanRequest(addresses: [address], byHand: asked)).plan
        return again.functions.first { $0.function.address == address }?.guards ?? []
    }
}
