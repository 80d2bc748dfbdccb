import Host
import Passthrough

struct MemoryReader: FuzzReader {
    func complaint(_ bytes: [UInt8]) -> String? {
        guard let use = RememberedUse(bytes, FuzzInput.address) else { return nil }
        guard RememberedUse(Array(use.text.utf8), use.address) == use else { return "\(use) does not read as itself" }
        return use.kept.values.contains { $0.finding.verdict != .busy } ? "a refusal is not busy" : nil
    }
}
