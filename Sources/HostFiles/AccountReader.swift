/// Finds the numbers of users and groups in `/etc/passwd` and `/etc/group` below the root.
package struct AccountReader {
    private let root: Root

    package init(root: Root) { self.root = root }

    /// Where an account stands: a number, a name that is there, one that is not, or files that cannot be read.
    package enum Finding: Equatable {
        case number(UInt32)
        case missing
        case unreadable
    }

    package func user(_ text: String) -> Finding { find(text, in: "/etc/passwd") }

    package func group(_ text: String) -> Finding { find(text, in: "/etc/group") }

    /// The third field of the line that begins with the name (passwd(5), group(5)); -1 is no account to the kernel.
    private func find(_ text: String, in path: String) -> Finding {
        if let number = UInt32(text) { return number == .max ? .missing : .number(number) }
        guard let bytes = try? root.read(path, limit: 16 << 20) else { return .unreadable }
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard fields.count >= 3, fields[0].elementsEqual(text.utf8),
                let number = UInt32(String(decoding: fields[2], as: UTF8.self))
            else { continue }
            return .number(number)
        }
        return .missing
    }
}
