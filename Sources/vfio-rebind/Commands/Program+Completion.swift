import ArgumentParser

extension Program {
    /// The script for a shell, if that is what the words ask for: bash takes a colon for the end of a word unless it is told otherwise.
    static func bashScript(_ words: [String]) -> String? {
        guard words == ["--generate-completion-script", "bash"] else { return nil }
        return completionScript(for: .bash)
            + "\n\n# An address is one word, with its colons.\nCOMP_WORDBREAKS=${COMP_WORDBREAKS//:/}"
    }
}
