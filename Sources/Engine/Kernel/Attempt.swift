/// How one step ended: the errno's name, and a reason where that is a failure.
struct Attempt {
    let result: String
    let reason: String?

    static let done = Attempt(result: "ok", reason: nil)
}
