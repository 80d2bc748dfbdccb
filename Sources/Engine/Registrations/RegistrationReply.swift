import Passthrough

/// What a worker says of one ID that it registered or removed.
struct RegistrationReply {
    /// `ok`, or the errno's name.
    let result: String
    let reason: String?

    /// The write did not return in time.
    static let timedOut = RegistrationReply(result: "ETIMEDOUT", reason: nil)

    init(result: String, reason: String?) {
        self.result = result
        self.reason = reason
    }

    init(_ attempt: Attempt) { self.init(result: attempt.result, reason: attempt.reason) }

    init(_ outcome: RegistrationOutcome) { self.init(result: outcome.result, reason: outcome.reason) }

    /// Reads what `bytes` wrote.
    init(_ bytes: [UInt8]) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", maxSplits: 1)
        self.init(result: String(lines.first ?? "EIO"), reason: lines.count > 1 ? String(lines[1]) : nil)
    }

    var bytes: [UInt8] { Array([result, reason].compactMap(\.self).joined(separator: "\n").utf8) }

    func outcome(of registration: Registration) -> RegistrationOutcome {
        RegistrationOutcome(registration: registration, result: result, reason: reason)
    }
}
