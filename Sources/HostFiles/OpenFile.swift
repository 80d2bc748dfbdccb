import Glibc
package import SystemPackage

/// A descriptor that is closed once, when its owner goes.
package struct OpenFile: ~Copyable {
    package let descriptor: Int32

    package init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { _ = Glibc.close(descriptor) }

    /// Gives the descriptor away: the receiver closes it.
    package consuming func release() -> Int32 {
        let descriptor = self.descriptor
        discard self
        return descriptor
    }

    /// What fstat(2) says.
    package borrowing func status() throws(Errno) -> FileStatus {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Errno.last }
        return FileStatus(status)
    }

    /// The text of a link that stands at `name` below this directory; an empty name is the descriptor itself.
    package borrowing func linkText(at name: String) throws(Errno) -> String { try OpenFile.linkText(descriptor, name) }

    static func linkText(_ descriptor: Int32, _ name: String) throws(Errno) -> String {
        try linkBytes(descriptor, name) { String(decoding: $0, as: UTF8.self) }
    }

    /// What `body` makes of a link's text, where a String of it would be too much.
    static func linkBytes<Value>(
        _ descriptor: Int32, _ name: String, _ body: (UnsafeBufferPointer<UInt8>) -> Value
    ) throws(Errno) -> Value {
        let value: Result<Value, Errno> = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { buffer in
            guard let start = buffer.baseAddress else { return .failure(.noMemory) }
            let count = readlinkat(descriptor, name, start, buffer.count)
            guard count >= 0 else { return .failure(Errno.last) }
            return .success(body(UnsafeBufferPointer(start: start, count: count)))
        }
        return try value.get()
    }

    /// What stands behind the last slash.
    static func lastComponent(_ path: UnsafeBufferPointer<UInt8>) -> String {
        let begin = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        return String(decoding: path[begin...], as: UTF8.self)
    }

    /// Everything in a regular file, at most `limit` bytes.
    package borrowing func readRegular(limit: Int) throws(Errno) -> [UInt8] {
        let status = try status()
        if status.isFolder { throw .isDirectory }
        guard status.isRegular else { throw .invalidArgument }
        if status.size > limit { throw .fileTooLarge }
        return try read(limit: limit)
    }

    /// Everything up to the end; throws `fileTooLarge` where more than `limit` bytes come, as from an attribute that never ends.
    package borrowing func read(limit: Int) throws(Errno) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            let want = min(limit + 1 - bytes.count, max(4096, bytes.count))
            let have = bytes.count
            var failure: Errno?
            var got = 0
            bytes += [UInt8](unsafeUninitializedCapacity: want) { buffer, count in
                repeat {
                    got = Glibc.read(descriptor, buffer.baseAddress, want)
                } while got < 0 && errno == EINTR
                if got < 0 { failure = Errno.last }
                count = max(got, 0)
            }
            if let failure { throw failure }
            if bytes.count == have { return bytes }
        }
        throw .fileTooLarge
    }
}
