package import HostFiles
package import Passthrough
import Processes
import SystemPackage

/// What is remembered, until the next boot, of the functions that share device IDs: `/run/vfio-rebind/types`, a file for each policy that
/// registers IDs.
///
/// A verdict holds for the policies under which it was found, and for the functions that were looked at. Whoever comes later looks at those
/// that have come since, and at no others, so that an event costs the same however many functions share an ID. That such a function was
/// looked at is added to the file. A verdict is replaced under a lock that is held from the first look on: what is found meanwhile about
/// one function is not lost.
package struct TypeVerdicts: Sendable {
    private let root: Root

    package init(root: Root) { self.root = root }

    private static let folder = "\(StatePath.folder)/types"
    private static let lock: Set<String> = ["types"]
    /// Milliseconds to wait for whoever looks at all functions.
    private static let patience = 10_000
    /// Bytes at most; one that has grown beyond it is found anew.
    private static let limit = 1 << 20

    /// Names of policies may be `.` and `..`.
    private func path(_ policy: String) -> String { "\(TypeVerdicts.folder)/of-\(policy)" }

    func verdict(of policy: String, under policies: UInt64) -> TypeVerdict? {
        guard let bytes = try? root.read(path(policy), limit: TypeVerdicts.limit) else { return nil }
        return TypeVerdict(bytes, policies: policies)
    }

    /// Whether a function has to stay with the host, as far as is known.
    package func hasBystander(_ policy: String, in policies: PolicySet) -> Bool {
        guard let fingerprint = policies.fingerprint,
            case .bystander = verdict(of: policy, under: fingerprint)?.finding
        else { return false }
        return true
    }

    /// Replaces a verdict; the caller has the lock. What cannot be written is found out again by the next.
    func replace(_ policy: String, _ finding: TypeVerdict.Finding, under policies: UInt64) {
        try? root.makeFolder(TypeVerdicts.folder)
        try? root.replace(path(policy), TypeVerdict(finding, time: Clock.seconds).bytes(policies: policies))
    }

    /// Adds functions that were looked at, of which none has to stay.
    func add(_ keys: [UInt64], to policy: String) {
        guard !keys.isEmpty else { return }
        try? root.append(path(policy), keys.flatMap(TypeVerdict.bytes))
    }

    /// Writes down that a function has to stay, unless another one is known to.
    package func note(_ bystander: PCIAddress, of policy: String, under policies: UInt64) {
        if case .bystander = verdict(of: policy, under: policies)?.finding { return }
        exclusively { replace(policy, .bystander(bystander), under: policies) }
    }

    /// Forgets everything: a function may have become a bystander of any policy.
    func forget() { exclusively { try? root.removeTree(TypeVerdicts.folder) } }

    /// Does something while nobody else looks at all functions. Who cannot have the lock in time goes on all the same: what is found twice
    /// is only found twice.
    func exclusively<Value>(_ body: () -> Value) -> Value {
        do throws(LockSet.Failure) {
            let lock = try LockSet(TypeVerdicts.lock, root: root, patience: TypeVerdicts.patience)
            let value = body()
            lock.unlock()
            return value
        } catch {
            return body()
        }
    }

    // MARK: Everything at once

    /// Writes down what a plan for the whole host found; `keys` are those of the functions that were there before it was read.
    package func note(_ plan: HostPlan, _ keys: FunctionKeys, under policies: PolicySet) {
        guard let fingerprint = policies.fingerprint else { return }
        for policy in policies.registering(nil) {
            if let address = plan.bystanders[policy.name] {
                note(address, of: policy.name, under: fingerprint)
                continue
            }
            exclusively {
                // Found meanwhile: the next look tells whether it still has to stay.
                if hasBystander(policy.name, in: policies) { return }
                replace(policy.name, .free(keys.keys), under: fingerprint)
            }
        }
    }
}
