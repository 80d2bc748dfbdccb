import ArgumentParser
import Host
import HostFiles
import Passthrough
import PolicyFiles

/// What a shell completes from the host: never an error, and nothing that could hang.
enum Completions {
    /// Addresses of the functions that sysfs shows, below the `--root` of the command line.
    static let addresses = CompletionKind.custom { words, _, prefix in
        guard let root = try? Root(value(of: "--root", in: words) ?? "/"),
            let addresses = try? HostReader(root: root).addresses()
        else { return [] }
        let texts = addresses.map(\.description)
        let matching = texts.filter { $0.hasPrefix(prefix) }
        guard matching.isEmpty, !prefix.isEmpty else { return forShell(matching) }
        // What begins as the short form of domain 0 does is completed as such.
        return forShell(texts.filter { $0.hasPrefix("0000:\(prefix)") }.map { String($0.dropFirst(5)) })
    }

    /// To zsh a colon begins the description of a word.
    private static func forShell(_ words: [String]) -> [String] {
        CompletionShell.requesting == .zsh ? words.map { $0.replacing(":", with: "\\:") } : words
    }

    /// Names of the policies, of the directories or of the `--policy` of the command line.
    static let policies = CompletionKind.custom { words, _, prefix in
        guard let root = try? Root(value(of: "--root", in: words) ?? "/") else { return [] }
        let paths = value(of: "--policy", in: words).map { [$0] } ?? []
        let policies = PolicySource(root: root, paths: paths, strict: false).load().policies
        return policies.map(\.name).filter { $0.hasPrefix(prefix) }
    }

    private static func value(of option: String, in words: [String]) -> String? {
        if let place = words.firstIndex(of: option), place + 1 < words.count { return words[place + 1] }
        return words.first { $0.hasPrefix(option + "=") }.map { String($0.dropFirst(option.count + 1)) }
    }
}
