/// A card type that was registered, or could not be.
package struct WithdrawalOutcome: Sendable, Hashable {
    package let withdrawal: Withdrawal
    /// `ok`, or the errno's name; ENODEV is an id that the driver did not know any more.
    package let result: String

    package init(withdrawal: Withdrawal, result: String) {
        self.withdrawal = withdrawal
        self.result = result
    }
}
