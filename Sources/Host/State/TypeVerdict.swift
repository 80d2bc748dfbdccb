import Passthrough
import Processes

/// What was found out about the functions that have the device IDs of a policy, whose method is `new_id` only while none of them has to
/// stay with the host.
struct TypeVerdict: Equatable {
    let finding: Finding
    /// Seconds of CLOCK_MONOTONIC when all of them were looked at.
    let time: Int64

    enum Finding: Equatable {
        /// None of these functions, by their keys (`FunctionKeys`), has to stay.
        case free([UInt64])
        /// This function has to.
        case bystander(PCIAddress)
    }

    /// Whether it was found just now.
    var isRecent: Bool { Clock.seconds - time < 10 }

    private static let version = "vfio-rebind types 1"

    /// A line with the version, the policies and the finding; behind it eight bytes, low to high, for each function that was looked at.
    func bytes(policies: UInt64) -> [UInt8] {
        let head = "\(TypeVerdict.version) \(policies) \(time)"
        switch finding {
        case .bystander(let address): return Array("\(head) bystander \(address)\n".utf8)
        case .free(let keys): return keys.reduce(into: Array("\(head) free\n".utf8)) { $0 += TypeVerdict.bytes(of: $1) }
        }
    }

    init(_ finding: Finding, time: Int64) {
        self.finding = finding
        self.time = time
    }

    /// Reads what `bytes` wrote, with the keys that were added since; nil where it was found under other policies, and for what is damaged.
    init?(_ bytes: [UInt8], policies: UInt64) {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let words = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ")
        let rest = bytes[(end + 1)...]
        guard words.count >= 6, words[..<3].joined(separator: " ") == TypeVerdict.version,
            UInt64(words[3]) == policies, let time = Int64(words[4])
        else { return nil }
        if words.count == 7, words[5] == "bystander", let address = PCIAddress(words[6]) {
            self.init(.bystander(address), time: time)
        } else if words.count == 6, words[5] == "free", rest.count % 8 == 0 {
            self.init(.free(TypeVerdict.keys(rest)), time: time)
        } else {
            return nil
        }
    }

    static func bytes(of key: UInt64) -> [UInt8] { withUnsafeBytes(of: key.littleEndian) { Array($0) } }

    private static func keys(_ bytes: ArraySlice<UInt8>) -> [UInt64] {
        bytes.withUnsafeBytes { buffer in
            var keys: [UInt64] = []
            keys.reserveCapacity(buffer.count / 8)
            for offset in stride(from: 0, to: buffer.count, by: 8) {
                keys.append(UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            }
            return keys
        }
    }
}
