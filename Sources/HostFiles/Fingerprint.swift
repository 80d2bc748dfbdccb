/// A number that tells texts apart: the 64-bit FNV-1a hash, the same in every process, as `Hasher` is not.
package struct Fingerprint: Hashable, Sendable {
    package private(set) var value: UInt64

    package init(_ start: UInt64 = 0) { value = 0xcbf2_9ce4_8422_2325 ^ start }

    /// Adds a text and its end.
    package mutating func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { add($0) } }

    /// Adds bytes and their end.
    package mutating func add(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { add(byte) }
        add(0xff)
    }

    private mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
}
