import Passthrough

extension Step {
    /// The step as a shell command.
    var asCommand: String {
        guard let path else { return "modprobe \(value)" }
        return "\(value.isEmpty ? "(newline)" : value) > \(path)"
    }
}
