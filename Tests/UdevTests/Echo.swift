import Glibc
import SystemPackage

/// Runs `Tests/UdevEcho` below a wrapper with commands on its standard input, and gives the lines that it prints.
///
/// The preload library of umockdev must be there when a process begins, hence one of its own.
enum Echo {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Sends commands to the helper below umockdev.
    static func umockdev(_ commands: [String]) throws -> [String] {
        do {
            return try run(["umockdev-wrapper", try helper()], input: commands)
        } catch Errno.noSuchFileOrDirectory {
            throw Failure(description: "umockdev-wrapper is missing: install umockdev and libumockdev0")
        }
    }

    /// Runs the helper in network and user namespaces of its own, where nobody else sends or hears uevents.
    static func alone(_ arguments: [String]) throws -> [String] {
        do {
            return try run(["unshare", "--map-root-user", "--net", try helper()] + arguments, input: [])
        } catch Errno.noSuchFileOrDirectory {
            throw Failure(description: "unshare is missing: install util-linux")
        }
    }

    /// The helper is built into the folder of this test program.
    private static func helper() throws -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let bytes = buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }
        guard let path = FilePath(String(decoding: bytes, as: UTF8.self)).removingLast() else {
            throw Failure(description: "/proc/self/exe cannot be read")
        }
        return path.appending("UdevEcho").string
    }

    private static func run(_ command: [String], input: [String]) throws -> [String] {
        // Files, not pipes: neither side can block the other.
        guard let source = tmpfile(), let sink = tmpfile() else { throw Errno(rawValue: errno) }
        defer {
            fclose(source)
            fclose(sink)
        }
        let commands = input.map { $0 + "\n" }.joined()
        guard fputs(commands, source) >= 0, fflush(source) == 0 else { throw Errno(rawValue: errno) }
        rewind(source)
        let status = try spawn(command, input: fileno(source), output: fileno(sink))
        let output = try FileDescriptor(rawValue: fileno(sink)).everything()
        guard status == 0 else { throw Failure(description: "\(command) ended with \(status): \(output)") }
        return output.split(separator: "\n").map(String.init)
    }

    private static func spawn(_ command: [String], input: Int32, output: Int32) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        var arguments = command.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var child: pid_t = 0
        let failure = posix_spawnp(&child, command[0], &actions, nil, &arguments, environ)
        guard failure == 0 else { throw Errno(rawValue: failure) }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 { if errno != EINTR { throw Errno(rawValue: errno) } }
        return status
    }
}

extension FilePath {
    fileprivate func removingLast() -> FilePath? {
        var path = self
        return path.removeLastComponent() ? path : nil
    }
}

extension FileDescriptor {
    fileprivate func everything() throws -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        try seek(offset: 0, from: .start)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try read(into: $0) }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }
}
