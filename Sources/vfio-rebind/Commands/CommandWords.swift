import Passthrough

/// The words of the command line before they are parsed.
enum CommandWords {
    private static let flags: Set<String> = ["--json", "--quiet", "-q", "--verbose", "-v"]
    private static let valued: Set<String> = ["--root", "--policy", "--color"]

    /// Options of every command that stand before the command's name, as with systemctl(1), put behind it.
    static func commandFirst(_ words: [String]) -> [String] {
        var rest = words[...]
        var options: [String] = []
        while let word = rest.first, word.hasPrefix("-") {
            let name = word.prefix { $0 != "=" }
            let count = flags.contains(word) || name != word && valued.contains(String(name)) ? 1 : 2
            guard count == 1 || valued.contains(word) else { return words }
            options += rest.prefix(count)
            rest = rest.dropFirst(count)
        }
        // Without a command the state is shown.
        guard let command = rest.popFirst() else { return ["overview"] + words }
        return [command] + options + rest
    }

    /// What is wrong with the first word, if it is to be a command; nil where nothing is.
    static func unknownCommand(_ words: [String], known: [String]) -> String? {
        guard let word = words.first, !word.hasPrefix("-"), word != "help", !known.contains(word) else { return nil }
        let shown = known.filter { $0 != "finish" && $0 != "overview" }
        return "unknown command '\(word)'; \(Suggestion.hint(for: word, among: shown))"
    }

    /// What is wrong with the first option that the help text of its command does not name; nil where it names all of them. Without this
    /// the value behind a misspelled option is taken for an argument, and blamed.
    static func unknownOption(_ words: [String], help: String) -> String? {
        let known = help.split(whereSeparator: { !$0.isLetter && $0 != "-" }).map(String.init).filter {
            $0.hasPrefix("--")
        }
        let options = words.prefix { $0 != "--" }.filter { $0.hasPrefix("--") }.map { $0.prefix { $0 != "=" } }
        guard let option = options.first(where: { !known.contains(String($0)) }) else { return nil }
        let nearest = Suggestion.nearest(to: String(option), among: known)
        return "unknown option '\(option)'" + (nearest.map { "; did you mean \"\($0)\"?" } ?? "")
    }
}
