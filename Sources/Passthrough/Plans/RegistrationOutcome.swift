package struct RegistrationOutcome: Sendable, Hashable {
    package let registration: Registration
    /// `ok`, or the errno's name; EEXIST is an id that was known already.
    package let result: String
    /// Why it failed, in words; nil where that is not known, or where it did not fail.
    package let reason: String?

    package init(registration: Registration, result: String, reason: String? = nil) {
        self.registration = registration
        self.result = result
        self.reason = reason
    }
}

extension RegistrationOutcome {
    /// Whether it failed. EINPROGRESS is a write that waits for another function, by which the driver knows the ID already.
    package var isToBeRetried: Bool { !["ok", "EEXIST", "EINPROGRESS"].contains(result) }
}
