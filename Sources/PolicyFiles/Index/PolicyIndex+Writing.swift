import Glibc
package import HostFiles
import Passthrough
import SystemPackage

extension PolicyIndex {
    /// Writes the index of what was read; says nothing where it cannot, since the next event reads the policies then.
    ///
    /// Nothing is written where a file is younger than 20 ms: a change within the same tick of the file system's clock,
    /// at most 10 ms long, would go unseen.
    package static func save(_ load: PolicyLoad, root: Root) {
        let youngest = load.watched.compactMap { $0.status?.modified }.max() ?? 0
        guard load.errors.isEmpty, now - youngest >= 20_000_000 else { return }
        var bytes = IndexReader.magic
        append(load.fingerprint.value, to: &bytes)
        append(UInt64(load.watched.count), to: &bytes)
        for path in load.watched {
            guard !path.path.utf8.contains(0) else { return }
            bytes.append(path.followsLink ? 1 : 0)
            let name = Array(path.path.utf8) + [0]
            let identity = name.withUnsafeBytes { root.identity(at: $0, followingLink: path.followsLink) }
            guard identity == path.status.map(Root.identity) ?? Root.noIdentity else { return }
            for index in 0..<6 { append(identity[index], to: &bytes) }
            bytes += name
        }
        for policy in load.policies where policy.action == .passthrough {
            for condition in conditions(of: policy.match) + parents(of: policy.match) {
                bytes.append(condition.kind.rawValue)
                append(condition.mask, to: &bytes)
                append(condition.value, to: &bytes)
            }
        }
        bytes += IndexReader.ending
        try? root.makeFolder("/run/vfio-rebind")
        try? root.replace(PolicyIndex.path, bytes)
    }

    /// Nanoseconds since 1970, by the clock of time stamps.
    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// What a function must have to be matched: one key stands for all, since every key must match.
    private static func conditions(of match: Match) -> [IndexCondition] {
        if let ids = match.ids { return ids.map { condition(.id, $0) } }
        if let subsystems = match.subsystems { return subsystems.map { condition(.subsystem, $0) } }
        let exact = (match.addresses ?? []).compactMap { pattern -> IndexCondition? in
            guard case .exact(let address) = pattern else { return nil }
            return IndexCondition(kind: .address, value: number(address))
        }
        if let addresses = match.addresses, exact.count == addresses.count { return exact }
        if let classes = match.classes {
            return classes.map { prefix in
                let shift = UInt64((6 - prefix.digits) * 4)
                return IndexCondition(
                    kind: .classCode, mask: (0xff_ffff >> shift) << shift, value: UInt64(prefix.value) << shift)
            }
        }
        return [IndexCondition(kind: .any)]
    }

    /// The PFs that a policy about VFs could be about: those that it names, else those of the vendors that it names.
    private static func parents(of match: Match) -> [IndexCondition] {
        guard match.isAboutVirtualFunctions else { return [] }
        if let patterns = match.physicalFunctions {
            return patterns.map { pattern in
                guard case .exact(let address) = pattern else { return IndexCondition(kind: .any) }
                return IndexCondition(kind: .address, value: number(address))
            }
        }
        return (match.ids ?? []).map { pattern in
            guard let vendor = pattern.vendor else { return IndexCondition(kind: .any) }
            return IndexCondition(kind: .id, mask: 0xffff_0000, value: UInt64(vendor) << 16)
        }
    }

    private static func condition(_ kind: IndexCondition.Kind, _ pattern: IDPattern) -> IndexCondition {
        let mask: UInt64 = (pattern.vendor == nil ? 0 : 0xffff_0000) | (pattern.device == nil ? 0 : 0xffff)
        let value = UInt64(pattern.vendor ?? 0) << 16 | UInt64(pattern.device ?? 0)
        return IndexCondition(kind: kind, mask: mask, value: value)
    }
}
