import HostFiles

/// Walks through the bytes of an index, numbers first to last byte low to high; never beyond the end.
struct IndexReader {
    private let bytes: [UInt8]
    private(set) var position: Int

    static let magic = Array("vfio-rebind index 2\n".utf8)
    static let ending = Array("end\n".utf8)

    init(_ bytes: [UInt8], position: Int = IndexReader.magic.count) {
        self.bytes = bytes
        self.position = position
    }

    /// Whether it begins and ends as an index of this version.
    var isWhole: Bool { bytes.starts(with: IndexReader.magic) && bytes.suffix(4).elementsEqual(IndexReader.ending) }

    /// The number behind the first line, which tells the policies.
    mutating func fingerprint() -> UInt64? { number() }

    /// Passes over the files and folders that the policies came from; whether all of them are as they were.
    mutating func areSourcesCurrent(_ root: Root) -> Bool {
        guard let count = number() else { return false }
        for _ in 0..<count {
            guard let flags = byte() else { return false }
            let start = position
            position += 6 * 8
            guard position < bytes.count, let end = bytes[position...].firstIndex(of: 0) else { return false }
            let now = bytes.withUnsafeBytes { buffer in
                root.identity(
                    at: UnsafeRawBufferPointer(rebasing: buffer[position...end]), followingLink: flags & 1 != 0)
            }
            position = start
            for part in now where number() != part { return false }
            position = end + 1
        }
        return true
    }

    /// The next condition; nil at the end.
    mutating func condition() -> IndexCondition? {
        guard position < bytes.count - IndexReader.ending.count, let kind = byte().flatMap(IndexCondition.Kind.init),
            let mask = number(), let value = number()
        else { return nil }
        return IndexCondition(kind: kind, mask: mask, value: value)
    }

    private mutating func byte() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func number() -> UInt64? {
        guard position + 8 <= bytes.count else { return nil }
        let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: UInt64.self) }
        position += 8
        return UInt64(littleEndian: value)
    }
}
