/// How the program ends.
enum ExitStatus: Int32 {
    case success = 0
    /// A step failed or timed out.
    case failed = 1
    /// A guard refused; nothing was changed for that function.
    case refused = 2
    /// There is something to do, and `--detailed-exitcode` was given.
    case changes = 3
    case usage = 64
    /// A policy file is invalid; nothing was changed.
    case invalidData = 65
    /// Something that the job needs is not there.
    case unavailable = 69
    case needsRoot = 77
}
