import Passthrough

/// The names of policies so far; a name is taken once over all files.
struct PolicyNames {
    private var places: [String: (file: String, line: Int?)] = [:]

    /// Takes the names of a file; an error for each that is taken.
    mutating func add(_ entries: [PolicyEntry], file: String) -> [PolicyError] {
        var errors: [PolicyError] = []
        for entry in entries {
            guard let name = entry.name else { continue }
            if let first = places[name] {
                let place = MessageText.path(first.file) + (first.line.map { ":\($0)" } ?? "")
                let reason = "the name is taken by the policy at \(place); names are unique over all files"
                errors.append(PolicyError(file: file, line: entry.line, name: name, key: "name", reason: reason))
            } else {
                places[name] = (file, entry.line)
            }
        }
        return errors
    }
}
