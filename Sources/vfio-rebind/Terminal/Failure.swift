/// Why a command could not start.
struct Failure: Error {
    let status: ExitStatus
    let message: String
    var details: [String] = []
}
