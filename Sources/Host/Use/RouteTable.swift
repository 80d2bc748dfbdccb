import CLinux
import Glibc
import HostFiles
import Passthrough

/// Default routes of both families: of the machine by rtnetlink(7), every table and nexthop object; below another root those of the main
/// table, from `/proc/net`, and the nets that interfaces are connected to.
struct RouteTable {
    private var defaults: [String: Set<Default>] = [:]
    /// Nets and IPv6 addresses of global scope by interface.
    private(set) var connected: [String: [String]] = [:]

    private struct Default: Hashable {
        let table: UInt32
        let isV6: Bool
    }

    private static let limit = 64 << 20
    private static let mainTable: UInt32 = 254

    init(root: Root) {
        if root.isHost, addFromKernel() { return }
        for fields in RouteTable.rows(root, "/proc/net/route") { addV4(fields) }
        for fields in RouteTable.rows(root, "/proc/net/ipv6_route") { addV6(fields) }
        guard !root.isHost else { return }
        // address, index, prefix length, scope (00 global), flags, name: net/ipv6/addrconf.c, if6_seq_show.
        for fields in RouteTable.rows(root, "/proc/net/if_inet6") where fields.count == 6 && fields[3] == "00" {
            let address = RouteTable.address(fields[0]) ?? String(fields[0])
            connected[String(fields[5]), default: []].append("\(address)/\(UInt8(fields[2], radix: 16) ?? 0)")
        }
    }

    /// 32 digits as an IPv6 address is written.
    private static func address(_ digits: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = digits[...]
        while rest.count >= 2, let byte = UInt8(rest.prefix(2), radix: 16) {
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        guard bytes.count == 16, rest.isEmpty else { return nil }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count)) != nil else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The default routes that go through an interface.
    func defaults(through name: String) -> [InterfaceUse] {
        let found = (defaults[name] ?? []).sorted { ($0.isV6 ? 1 : 0, $0.table) < ($1.isV6 ? 1 : 0, $1.table) }
        return found.map { .defaultRoute(table: $0.table, isV6: $0.isV6) }
    }

    /// False where the kernel does not answer; then `/proc/net` is read as below another root.
    private mutating func addFromKernel() -> Bool {
        var room: Int32 = 256
        while true {
            var count: Int32 = 0
            let routes = [linux_route](unsafeUninitializedCapacity: Int(room)) { buffer, filled in
                count = linux_default_routes(buffer.baseAddress, room)
                filled = Int(max(0, min(count, room)))
            }
            guard count >= 0 else { return false }
            if count > room {
                room = count
                continue
            }
            for route in routes { add(route) }
            return true
        }
    }

    private mutating func add(_ route: linux_route) {
        var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        guard if_indextoname(route.interface, &name) != nil else { return }
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defaults[text, default: []].insert(Default(table: route.table, isV6: Int32(route.family) == AF_INET6))
    }

    /// Iface, destination, gateway, flags, …, mask at 7, all hexadecimal (net/ipv4/fib_trie.c, fib_route_seq_show).
    private mutating func addV4(_ fields: [String]) {
        guard fields.count >= 8, let flags = UInt32(fields[3], radix: 16), flags & 1 != 0,
            let destination = UInt32(fields[1], radix: 16), let mask = UInt32(fields[7], radix: 16)
        else { return }
        if destination == 0, mask == 0 {
            defaults[fields[0], default: []].insert(Default(table: RouteTable.mainTable, isV6: false))
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
        defaults[fields[9], default: []].insert(Default(table: RouteTable.mainTable, isV6: true))
    }

    private static func rows(_ root: Root, _ path: String) -> [[String]] {
        guard let bytes = try? root.read(path, limit: limit) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
            line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        }
    }
}
