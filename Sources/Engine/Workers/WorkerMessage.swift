import Passthrough

/// What a worker tells its parent.
///
/// The bytes go through a pipe between two copies of one program, so their form is nobody else's business; JSON would cost both sides
/// more than all that the worker does.
enum WorkerMessage {
    /// A step begins and may take that many seconds.
    case began(Step, seconds: Int)
    case ended(FunctionOutcome)
    /// The worker did nothing: what it was given is no work for one who knows so little of the host.
    case declined

    var bytes: [UInt8] {
        var writer = MessageWriter()
        switch self {
        case .began(let step, let seconds):
            writer.put(0)
            writer.put(step)
            writer.put(seconds)
        case .ended(let outcome):
            writer.put(1)
            writer.put(outcome)
        case .declined:
            writer.put(2)
        }
        return writer.bytes
    }

    /// Reads what `bytes` wrote; nil for anything else, which a worker that was killed while it wrote may leave.
    init?(_ bytes: [UInt8]) {
        var reader = MessageReader(bytes)
        switch reader.number() {
        case 0:
            guard let step = reader.step(), let seconds = reader.number() else { return nil }
            self = .began(step, seconds: seconds)
        case 1:
            guard let outcome = reader.outcome() else { return nil }
            self = .ended(outcome)
        case 2:
            self = .declined
        default:
            return nil
        }
        guard reader.isAtEnd else { return nil }
    }
}
