package import HostFiles
package import Passthrough
import Processes
import SystemPackage

/// What outlives a boot, below `/var/lib/vfio-rebind`: refusals by `storage` and `network`, and the identities last seen at an address.
///
/// At the next boot a disk is not mounted yet and an interface has no address when the first event asks. So a function that was refused
/// stays refused until it has been seen free on a host that is fully up (`BootState`, `UseAge`), or until `forget`.
package struct UseMemory: Sendable {
    private let root: Root

    package static let folder = "/var/lib/vfio-rebind"
    private static let uses = "\(folder)/uses"
    private static let identities = "\(folder)/identities"
    /// The guards whose refusals are kept.
    private static let guards: [Guard] = [.storage, .network]

    package init(root: Root) { self.root = root }

    // MARK: Recall

    /// Puts what is remembered beside what was found now.
    func recall(_ uses: inout [PCIAddress: [Guard: UseFinding]], of functions: [PCIFunction]) {
        let remembered = rememberedUses()
        lazy var isFullyUp = BootState(root: root).isFullyUp
        let age = UseAge(root: root, now: Clock.nowInMicroseconds, monotonic: Clock.microseconds)
        for function in functions {
            if let id = identity(at: function.address) {
                uses[function.address, default: [:]][.identity] = UseMemory.finding(function, last: id)
            }
            for use in remembered where applies(use, to: function) {
                for (name, kept) in use.kept {
                    let now = uses[function.address]?[name]
                    if now?.verdict == .busy { continue }
                    // A function without its driver shows neither disk nor interface: it was not seen free.
                    let isSeen = !root.isHost || age.isConclusive(name, at: function.address, since: kept.time)
                    if now?.verdict == .free, isSeen, isFullyUp { continue }
                    uses[function.address, default: [:]][name] = kept.finding
                }
            }
        }
    }

    private static func finding(_ function: PCIFunction, last id: PCIID) -> UseFinding {
        guard id != function.id else { return UseFinding(.free) }
        return UseFinding(.busy, [.replaced(function.address, was: id, is: function.id)])
    }

    /// The card at its address, or one of its kind where addresses have shifted since.
    private func applies(_ use: RememberedUse, to function: PCIFunction) -> Bool {
        guard use.id == function.id else { return false }
        if use.address == function.address { return true }
        return HostReader(root: root).identity(at: use.address)?.id != use.id
    }

    private func rememberedUses() -> [RememberedUse] {
        ((try? root.names(in: UseMemory.uses)) ?? []).compactMap { PCIAddress($0) }.compactMap(use)
    }

    private func use(of address: PCIAddress) -> RememberedUse? {
        guard let bytes = try? root.read("\(UseMemory.uses)/\(address)", limit: RecordText.limit) else { return nil }
        return RememberedUse(bytes, address)
    }

    package func identity(at address: PCIAddress) -> PCIID? {
        root.attribute("\(UseMemory.identities)/\(address)").flatMap { PCIID($0) }
    }

    // MARK: Writing

    /// Keeps the refusals of a plan, and drops those that were not repeated: such a function was seen free on a host that is fully up.
    package func update(from plan: HostPlan, on snapshot: HostSnapshot, only addresses: Set<PCIAddress>? = nil) {
        for function in plan.functions where addresses?.contains(function.function.address) ?? true {
            let address = function.function.address
            guard let found = snapshot.uses[address] else { continue }
            let before = use(of: address).flatMap { $0.id == function.function.id ? $0 : nil }
            var after = before ?? RememberedUse(address: address, id: function.function.id)
            for name in UseMemory.guards {
                guard let finding = found[name], finding.verdict != .free else {
                    after.kept[name] = nil
                    continue
                }
                let isRefused = function.guards.contains { $0.name == name && $0.refuses && $0.verdict == .busy }
                guard isRefused, let first = finding.evidence.first, first.kind != .remembered else { continue }
                // The time tells which of two cards, before and after a boot, was in use; every look need not write it.
                let last = after.kept[name]
                let isOld = last.map { Clock.now - $0.time >= UseAge.patience } ?? true
                let evidence = finding.evidence.map(\.recorded)
                guard isOld || last?.evidence != evidence else { continue }
                after.kept[name] = RememberedUse.Kept(
                    time: Clock.now, isOverridable: finding.isOverridable, evidence: evidence)
            }
            guard after != before ?? RememberedUse(address: address, id: function.function.id) else { continue }
            // A host that cannot write here asks as if nothing had been; the refusal of now stands all the same.
            if after.kept.isEmpty {
                try? root.remove("\(UseMemory.uses)/\(address)")
            } else {
                try? save("\(UseMemory.uses)/\(address)", after.text, in: UseMemory.uses)
            }
        }
    }

    /// Keeps the identity of a function that was given away.
    package func keepIdentity(_ id: PCIID, at address: PCIAddress) {
        guard identity(at: address) != id else { return }
        try? save("\(UseMemory.identities)/\(address)", "\(id)\n", in: UseMemory.identities)
    }

    /// Drops all that is remembered of an address, and says what that was.
    package func forget(_ address: PCIAddress) throws(StateError) -> (uses: [Guard: [String]], identity: PCIID?) {
        let known = (use(of: address)?.kept.mapValues { $0.evidence.map(\.text) } ?? [:], identity(at: address))
        for folder in [UseMemory.uses, UseMemory.identities] {
            do throws(Errno) {
                try root.remove("\(folder)/\(address)")
            } catch {
                throw StateError(path: "\(folder)/\(address)", reason: error)
            }
        }
        return known
    }

    private func save(_ path: String, _ text: String, in folder: String) throws(Errno) {
        try root.makeFolder(folder)
        try root.replace(path, Array(text.utf8))
    }
}
