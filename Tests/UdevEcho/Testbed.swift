import Glibc

/// A made-up /sys of umockdev, in which devices are added and uevents sent.
///
/// The library is loaded at run time, so that the package builds where it is not installed. It works only in a process that was
/// started with umockdev's preload library (umockdev-wrapper): that one redirects /sys and the netlink socket.
struct Testbed {
    private typealias New = @convention(c) () -> OpaquePointer?
    private typealias Strings = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private typealias AddDevice =
        @convention(c) (
            OpaquePointer, UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafePointer<CChar>?, Strings, Strings
        ) -> UnsafeMutablePointer<CChar>?
    private typealias Send = @convention(c) (OpaquePointer, UnsafePointer<CChar>, UnsafePointer<CChar>) -> Void

    private let testbed: OpaquePointer
    private let addDevice: AddDevice
    private let send: Send

    /// Nil where the library is missing or too old.
    init?() {
        guard let library = dlopen("libumockdev.so.0", RTLD_NOW), let new = dlsym(library, "umockdev_testbed_new"),
            let add = dlsym(library, "umockdev_testbed_add_devicev"),
            let send = dlsym(library, "umockdev_testbed_uevent"), let testbed = unsafeBitCast(new, to: New.self)()
        else { return nil }
        self.testbed = testbed
        addDevice = unsafeBitCast(add, to: AddDevice.self)
        self.send = unsafeBitCast(send, to: Send.self)
    }

    /// Adds a device below /sys/devices or below a parent's path and returns its path.
    func add(_ name: String, subsystem: String, parent: String?, properties: [(key: String, value: String)]) -> String?
    {
        var none: [UnsafeMutablePointer<CChar>?] = [nil]
        var pairs = properties.flatMap { [strdup($0.key), strdup($0.value)] } + [nil]
        defer { pairs.forEach { free($0) } }
        return addDevice(testbed, subsystem, name, parent, &none, &pairs).map { String(cString: $0) }
    }

    /// Sends a uevent of a device.
    func send(_ action: String, path: String) { send(testbed, path, action) }

    /// Sends bytes as they are to every monitor that is open; root owns the socket's folder.
    func send(bytes: [UInt8]) {
        guard let folder = getenv("UMOCKDEV_DIR").map({ String(cString: $0) }), let stream = opendir(folder) else {
            return
        }
        defer { closedir(stream) }
        let sender = socket(AF_UNIX, Int32(SOCK_RAW.rawValue), 0)
        defer { close(sender) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasPrefix("event") else { continue }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "\(folder)/\(name)".utf8) }
            _ = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(sender, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        }
    }
}
