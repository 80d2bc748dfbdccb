import Glibc
import HostFiles
import Passthrough
import SystemPackage

/// Finds network interfaces below functions and what the host does with them.
struct NetworkUse {
    private let root: Root
    /// Folders of interfaces by the function that they sit below.
    private var interfaces: [PCIAddress: [String: String]] = [:]
    private let users: HostUsers
    private let looks: Bool

    /// `looks` tells whether there may be interfaces at all.
    init(root: Root, users: HostUsers, looks: Bool) {
        self.root = root
        self.users = users
        self.looks = looks
        guard looks else { return }
        for name in (try? root.names(in: "/sys/class/net")) ?? [] {
            guard let text = try? root.linkText("/sys/class/net/\(name)") else { continue }
            for address in PCIAddress.all(in: text) {
                interfaces[address, default: [:]][name] = "/sys/class/net/\(name)"
            }
        }
    }

    /// The answer of the guard `network`; nil where the function has nothing to do with networks.
    func finding(for function: PCIFunction) -> UseFinding? {
        var folders = interfaces[function.address] ?? [:]
        if looks {
            let own = "\(SysfsPath.device(function.address))/net"
            for name in (try? root.names(in: own)) ?? [] where folders[name] == nil {
                folders[name] = "\(own)/\(name)"
            }
        }
        if folders.isEmpty { return withoutInterfaces(function) }
        var evidence = folders.sorted { $0.key < $1.key }.flatMap { uses(of: $0.key, $0.value) }
        // Of two ports one may be elsewhere. Where nobody could look, what is seen here decides.
        evidence += users.namespaces.interfaces[function.address] ?? []
        return evidence.isEmpty ? UseFinding(.free) : UseFinding(.busy, evidence)
    }

    /// A bound network driver without interfaces: they may be in a namespace that nobody could look into. Its folder `net` stays where
    /// an interface goes to another namespace (seen in the lab), so without such a folder it has none anywhere.
    private func withoutInterfaces(_ function: PCIFunction) -> UseFinding? {
        guard function.classCode.base == 0x02, let driver = function.driver, !driver.isVFIO else { return nil }
        guard looks else { return UseFinding(.free) }
        let elsewhere = users.namespaces
        let uses = elsewhere.interfaces[function.address] ?? []
        if !uses.isEmpty { return UseFinding(.busy, uses) }
        if !users.processes.isComplete { return UseFinding(.unknown, [.needsRoot]) }
        guard elsewhere.closed > 0 else { return UseFinding(.free) }
        return UseFinding(.unknown, [.hiddenInterfaces(driver, namespaces: elsewhere.closed)])
    }

    /// What the host does with an interface, and with those above it: of a bridge or a VLAN the routes and addresses count too.
    private func uses(of name: String, _ folder: String, depth: Int = 0) -> [Evidence] {
        var found = users.routes.defaults(through: name)
        var uppers: [String] = []
        if let bridge = root.linkName("\(folder)/master") {
            found.append(.member(of: bridge))
            uppers.append(bridge)
        }
        for entry in (try? root.names(in: folder)) ?? [] where entry.hasPrefix("upper_") {
            let upper = String(entry.dropFirst("upper_".count))
            guard !uppers.contains(upper) else { continue }
            found.append(.lower(of: upper))
            uppers.append(upper)
        }
        if isUp(folder) {
            found += (users.addresses[name] ?? []).map { .address($0) }
        }
        let evidence = found.map { Evidence.interface(name, $0) }
        // Bonds of VLANs of bridges: deeper than this nobody builds, and a loop of made-up links ends.
        guard depth < 4 else { return evidence }
        return evidence + uppers.flatMap { uses(of: $0, "/sys/class/net/\($0)", depth: depth + 1) }
    }

    /// IFF_UP of netdevice(7), from `flags`, a hexadecimal number.
    private func isUp(_ folder: String) -> Bool {
        guard let text = root.attribute("\(folder)/flags"), let flags = UInt32(text.dropFirst(2), radix: 16) else {
            return root.attribute("\(folder)/operstate") == "up"
        }
        return flags & 1 != 0
    }
}
