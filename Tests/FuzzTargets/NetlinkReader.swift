import CVirtualFunctions
import Passthrough

/// The kernel's answer to the question for the settings of a virtual function.
struct NetlinkReader: FuzzReader {
    func complaint(_ bytes: [UInt8]) -> String? {
        // Aligned, as the kernel's messages are.
        var words = [UInt64](repeating: 0, count: bytes.count / 8 + 1)
        words.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
        var found = linux_vf(index: 1, address: (0, 0, 0, 0, 0, 0), vlan: 0, priority: 0)
        let status = words.withUnsafeBytes {
            linux_vf_answer($0.bindMemory(to: UInt8.self).baseAddress, Int32(bytes.count), &found)
        }
        return status == 0 && found.index != 1 ? "another virtual function" : nil
    }
}
