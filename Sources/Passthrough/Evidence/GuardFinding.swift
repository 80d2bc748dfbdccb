/// A guard's answer for one function: what was found, and what the settings make of it.
package struct GuardFinding: Sendable, Hashable {
    package let name: Guard
    package let setting: GuardSetting
    package let found: UseFinding
    /// Whether this answer refuses the function.
    package let refuses: Bool

    package init(_ name: Guard, _ found: UseFinding, setting: GuardSetting, refuses: Bool) {
        self.name = name
        self.found = found
        self.setting = setting
        self.refuses = refuses
    }

    /// Judges what was found: `unknown` refuses only where everything could have been looked at (`isComplete`), and no setting passes over
    /// what is firm.
    package init(_ name: Guard, _ found: UseFinding, setting: GuardSetting, isComplete: Bool) {
        let counts = found.verdict == .busy || found.verdict == .unknown && isComplete
        self.init(name, found, setting: setting, refuses: counts && (setting == .enforce || found.isFirm))
    }

    package var verdict: GuardVerdict { found.verdict }
    package var texts: [String] { found.texts }

    /// Why a function is refused, in a sentence.
    package var reason: String { "\(name.rawValue): \(texts.first ?? verdict.rawValue)" }
}
