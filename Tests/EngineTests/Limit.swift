/// Limits that turn a hang into a failure; no test is decided by them, however busy the machine is.
enum Limit {
    /// Milliseconds of the longest wait.
    static let hang = 900_000
}
