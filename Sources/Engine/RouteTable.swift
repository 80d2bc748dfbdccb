import HostFiles

/// Default routes of both families and the nets that IPv4 interfaces are connected to, from `/proc/net` (main table).
struct RouteTable {
    private var defaultsV4: Set<String> = []
    private var defaultsV6: Set<String> = []
    /// Nets and IPv6 addresses of global scope by interface.
    private(set) var connected: [String: [String]] = [:]

    private static let limit = 64 << 20

    init(root: Root) {
        for fields in RouteTable.rows(root, "/proc/net/route") { addV4(fields) }
        for fields in RouteTable.rows(root, "/proc/net/ipv6_route") { addV6(fields) }
        guard !root.isHost else { return }
        // address, index, prefix length, scope (00 global), flags, name: net/ipv6/addrconf.c, if6_seq_show.
        for fields in RouteTable.rows(root, "/proc/net/if_inet6") where fields.count == 6 && fields[3] == "00" {
            connected[fields[5], default: []].append("\(fields[0])/\(UInt8(fields[2], radix: 16) ?? 0)")
        }
    }

    /// Sentences for the default routes that go through an interface.
    func defaults(through name: String) -> [String] {
        var sentences: [String] = []
        if defaultsV4.contains(name) { sentences.append("\(name) carries the IPv4 default route") }
        if defaultsV6.contains(name) { sentences.append("\(name) carries the IPv6 default route") }
        return sentences
    }

    /// Iface, destination, gateway, flags, …, mask at 7, all hexadecimal (net/ipv4/fib_trie.c, fib_route_seq_show).
    private mutating func addV4(_ fields: [String]) {
        guard fields.count >= 8, let flags = UInt32(fields[3], radix: 16), flags & 1 != 0,
            let destination = UInt32(fields[1], radix: 16), let mask = UInt32(fields[7], radix: 16)
        else { return }
        if destination == 0, mask == 0 {
            defaultsV4.insert(fields[0])
        } else if flags & 2 == 0, destination & 0xffff != 0xfea9 {
            let bytes = (0..<4).map { String(destination >> ($0 * 8) & 0xff) }
            connected[fields[0], default: []].append("\(bytes.joined(separator: "."))/\(mask.nonzeroBitCount)")
        }
    }

    /// Destination, prefix length, …, flags, device last (net/ipv6/route.c, rt6_info_route); `lo` holds the reject routes.
    private mutating func addV6(_ fields: [String]) {
        guard fields.count >= 10, fields[0].allSatisfy({ $0 == "0" }), fields[1] == "00", fields[9] != "lo",
            let flags = UInt32(fields[8], radix: 16), flags & 1 != 0
        else { return }
        defaultsV6.insert(fields[9])
    }

    private static func rows(_ root: Root, _ path: String) -> [[String]] {
        guard let bytes = try? root.read(path, limit: limit) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
            line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        }
    }
}
