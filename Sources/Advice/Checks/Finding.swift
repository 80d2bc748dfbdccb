/// One result of `check`.
package struct Finding: Sendable, Hashable {
    /// Stable, for scripts.
    package let id: String
    package let severity: Severity
    /// One sentence without a full stop.
    package let message: String
    package let evidence: [String]
    /// How to fix it; nil for information.
    package let fix: String?

    package enum Severity: String, Sendable, CaseIterable, Comparable {
        case error, warning, info

        package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .error: 0
            case .warning: 1
            case .info: 2
            }
        }
    }

    package init(
        _ id: String, _ severity: Severity, _ message: String, evidence: [String] = [], fix: String? = nil
    ) {
        self.id = id
        self.severity = severity
        self.message = message
        self.evidence = evidence
        self.fix = fix
    }
}
