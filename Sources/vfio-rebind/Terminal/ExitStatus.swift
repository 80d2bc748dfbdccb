import Glibc

/// How the program ends.
enum ExitStatus: Int32 {
    case success = 0
    /// A step failed or timed out.
    case failed = 1
    /// A guard refused; nothing was changed for that function.
    case refused = 2
    /// There is something to do, and `--detailed-exitcode` asked.
    case changes = 3
    case usage = 64
    /// A policy file is invalid; nothing was changed.
    case invalidData = 65
    /// Something that the job needs is not there.
    case unavailable = 69
    case needsRoot = 77
}

/// Why a command could not start.
struct Failure: Error {
    let status: ExitStatus
    let message: String
    var details: [String] = []

    /// Ends the program with it.
    func end(asJSON: Bool) -> Never {
        print(asJSON: asJSON)
        exit(status.rawValue)
    }

    /// Says it on standard error, and as a document on standard output where that is asked for.
    func print(asJSON: Bool) {
        Output.error("vfio-rebind: \(message)", priority: 3)
        for detail in details { Output.error(detail, priority: 3) }
        if asJSON { Output.standard(JSONDocument.error(status, message, details).text) }
    }
}
