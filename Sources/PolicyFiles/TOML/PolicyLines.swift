/// The lines on which the keys of a policy file stand.
///
/// Only for a document that the parser took. Keys within inline tables have the line of the key that the table belongs to. Where
/// policies are not written as `[[policy]]`, all have the line of the `policy` key.
package struct PolicyLines: Sendable {
    /// The keys outside of all policies, then those of each policy; the empty key is the `[[policy]]` itself.
    private var sections: [[String: Int]] = [[:]]

    /// Knows no lines.
    package init() {}

    /// Takes the statements of the document, and how many policies the parser found in it.
    init(_ statements: [TOMLStatement], policies: Int, array: String = "policy") {
        var section = 0
        var prefix: [String] = []
        for statement in statements {
            var path = statement.path
            if statement.kind == .key {
                path = prefix + path
            } else {
                if statement.kind == .arrayHeader, path == [array] { sections.append([:]) }
                section = path.first == array ? sections.count - 1 : 0
                if section > 0 { path.removeFirst() }
                prefix = path
            }
            let key = path.joined(separator: ".")
            if sections[section][key] == nil { sections[section][key] = statement.line }
        }
        if sections.count - 1 != policies { sections = [sections[0]] }
    }

    /// The line of a key, else of the nearest table above it; nil if none is known.
    ///
    /// `policy` counts from 1; 0 stands for the keys outside of all policies.
    package func line(policy: Int, key: String) -> Int? {
        guard sections.indices.contains(policy) else { return sections[0]["policy"] }
        let parts = key.split(separator: ".")
        for count in stride(from: parts.count, through: 0, by: -1) {
            if let line = sections[policy][parts.prefix(count).joined(separator: ".")] { return line }
        }
        return nil
    }
}
