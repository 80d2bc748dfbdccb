import Glibc

/// Addresses of the interfaces of the machine itself.
enum HostAddresses {
    /// Addresses that are neither link-local nor loopback, by getifaddrs(3).
    static func all() -> [String: [String]] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [:] }
        defer { freeifaddrs(list) }
        var addresses: [String: [String]] = [:]
        var next = list
        while let entry = next {
            next = entry.pointee.ifa_next
            guard let address = entry.pointee.ifa_addr, let name = entry.pointee.ifa_name else { continue }
            if let text = global(address) { addresses[String(cString: name), default: []].append(text) }
        }
        return addresses
    }

    private static func global(_ address: UnsafeMutablePointer<sockaddr>) -> String? {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = Int32(address.pointee.sa_family)
        let isPrinted: Bool
        if family == AF_INET {
            isPrinted = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                inet_ntop(family, &$0.pointee.sin_addr, &text, socklen_t(text.count)) != nil
            }
        } else if family == AF_INET6 {
            isPrinted = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                inet_ntop(family, &$0.pointee.sin6_addr, &text, socklen_t(text.count)) != nil
            }
        } else {
            return nil
        }
        let printed = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard isPrinted, !printed.hasPrefix("169.254."), !printed.hasPrefix("127."), !printed.hasPrefix("fe8"),
            printed != "::1"
        else { return nil }
        return printed
    }
}
