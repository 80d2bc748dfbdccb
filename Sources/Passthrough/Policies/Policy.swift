/// What the administrator wants of the functions that match.
package struct Policy: Hashable, Sendable {
    /// Unique over all files: `[A-Za-z0-9._-]+`.
    package var name: String
    package var description: String?
    /// The file that it stands in, as seen without `--root`.
    package var file: String
    /// The line of its `[[policy]]`, counted from 1; nil where it is not known.
    package var line: Int?
    package var match: Match
    package var except: Match?
    package var action: Action
    /// The driver that is wanted.
    package var driver: DriverName
    /// Whether a variant driver that suits the function better goes before: `driver = "auto"`.
    package var choosesVariant = false
    package var access: Access?
    package var method: MethodChoice
    package var group: GroupRule
    /// Only the guards that the policy names; every other one is enforced.
    package var guards: [Guard: GuardSetting]
    /// Seconds for one kernel write; nil means the driver's own, else 30.
    package var timeout: Int?

    package enum Action: String, Sendable, CaseIterable {
        case passthrough
        /// Never touched.
        case ignore
    }

    /// Which mechanism of the kernel is used.
    package enum MethodChoice: String, Sendable, CaseIterable {
        case auto
        case newID = "new_id"
        case driverOverride = "driver_override"
    }

    /// What is asked of the other endpoints of the IOMMU group.
    package enum GroupRule: String, Sendable, CaseIterable {
        /// Each must be free, in VFIO's hands, or rebound by the same plan.
        case require
        /// They are rebound too, all or none.
        case whole
        case ignore
    }

    package init(
        name: String, description: String? = nil, file: String = "", line: Int? = nil, match: Match,
        except: Match? = nil,
        action: Action = .passthrough, driver: DriverName = .vfioPCI, method: MethodChoice = .auto,
        group: GroupRule = .require, guards: [Guard: GuardSetting] = [:], timeout: Int? = nil
    ) {
        self.name = name
        self.description = description
        self.file = file
        self.line = line
        self.match = match
        self.except = except
        self.action = action
        self.driver = driver
        self.method = method
        self.group = group
        self.guards = guards
        self.timeout = timeout
    }

    /// The card types that this policy names, whole and nothing else: `match` has only `id`, without `*`, and there is
    /// no `except`. Empty for every narrower or wider policy.
    package var wholeTypes: [PCIID] {
        guard except == nil, let ids = match.ids else { return [] }
        var others = match
        others.ids = nil
        guard others.isEmpty else { return [] }
        let exact = exactIDs
        return exact.count == ids.count ? exact : []
    }

    /// The card types that `match` names without `*`, whatever else it asks for.
    package var exactIDs: [PCIID] { (match.ids ?? []).compactMap(\.exact) }

    /// What stands in the place of a policy's name where `bind` was called; no policy's own (Policy names have no parentheses).
    package static let byHand = "(bind)"
    package var isByHand: Bool { name == Policy.byHand }

    /// Whether it matches every function of a type, whatever else is true of the function.
    func takesEvery(_ id: PCIID) -> Bool {
        guard except == nil, let ids = match.ids, ids.contains(where: { $0.matches(id) }) else { return false }
        var others = match
        others.ids = nil
        return others.isEmpty
    }

    /// Whether `new_id` could be its method, if nothing speaks against it.
    var mayRegister: Bool {
        action == .passthrough && (method == .newID || method == .auto && !wholeTypes.isEmpty)
    }

    /// Whether the policy says nothing of a function but where it sits.
    package var isByAddressAlone: Bool {
        var others = match
        others.addresses = nil
        if others.roles?.contains(.any) ?? false { others.roles = nil }
        return match.addresses != nil && others.isEmpty
    }

    /// Whether the function falls under this policy.
    package func matches(_ function: PCIFunction, recordedDriver: RecordedDriver? = nil) -> Bool {
        match.matches(function, recordedDriver: recordedDriver)
            && !(except?.matches(function, recordedDriver: recordedDriver) ?? false)
    }

    /// Why the function does not fall under this policy; nil if it does.
    package func firstMismatch(_ function: PCIFunction, recordedDriver: RecordedDriver? = nil) -> Mismatch? {
        if let mismatch = match.firstMismatch(function, recordedDriver: recordedDriver) { return mismatch }
        if let except, except.matches(function, recordedDriver: recordedDriver) {
            let terms = except.terms(function, recordedDriver: recordedDriver)
            let wanted = terms.map { "\($0.key) \($0.wanted.joined(separator: " or "))" }.joined(separator: ", ")
            let found = terms.map { "\($0.key) \($0.found ?? "none")" }.joined(separator: ", ")
            return Mismatch(key: "except", wanted: ["anything but \(wanted)"], found: found)
        }
        return nil
    }
}
