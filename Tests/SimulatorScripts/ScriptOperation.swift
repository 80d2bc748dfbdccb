package import Passthrough

/// One line of a script: a write of the kernel's files, or a function that comes or goes.
package enum ScriptOperation: Hashable, Sendable {
    case write(path: String, bytes: [UInt8])
    case plug(PCIAddress)
    case unplug(PCIAddress)

    package static func write(_ path: String, _ text: String) -> ScriptOperation {
        .write(path: path, bytes: Array(text.utf8))
    }

    /// Reads `PATH TAB BYTES`, `plug ADDRESS` or `unplug ADDRESS`; nil for anything else.
    package init?(line: some StringProtocol) {
        let halves = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
        if halves.count == 2 {
            guard let bytes = EscapedBytes.parse(halves[1]) else { return nil }
            self = .write(path: String(halves[0]), bytes: bytes)
            return
        }
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, let address = PCIAddress(words[1]) else { return nil }
        switch words[0] {
        case "plug": self = .plug(address)
        case "unplug": self = .unplug(address)
        default: return nil
        }
    }

    package var line: String {
        switch self {
        case .write(let path, let bytes): "\(path)\t\(EscapedBytes.text(bytes))"
        case .plug(let address): "plug \(address)"
        case .unplug(let address): "unplug \(address)"
        }
    }
}

extension Simulator {
    /// Runs one line of a script.
    package mutating func run(_ operation: ScriptOperation) -> KernelError? {
        switch operation {
        case .write(let path, let bytes): write(path, bytes)
        case .plug(let address): plug(address)
        case .unplug(let address): unplug(address)
        }
    }
}
