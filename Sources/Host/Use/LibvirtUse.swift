import HostFiles
import LibvirtXML
import Passthrough
import SystemPackage

/// Finds the functions that libvirt takes and gives back by itself.
struct LibvirtUse {
    private let root: Root
    private var evidence: [PCIAddress: [Evidence]] = [:]
    /// Files that could not be read: what they list is unknown.
    private var unreadable: [Evidence] = []
    private var isThere = false

    /// Where libvirt's drivers keep what runs and what is defined (src/libvirtd, `virNetworkObj`, `virDomainObj`).
    private static let folders: [(path: String, isRunning: Bool)] = [
        ("/run/libvirt/qemu", true), ("/run/libvirt/network", true), ("/var/lib/libvirt/network", true),
        ("/etc/libvirt/qemu", false), ("/etc/libvirt/qemu/networks", false), ("/etc/libvirt/libxl", false),
    ]
    private static let limit = 8 << 20

    init(root: Root) {
        self.root = root
        for (path, isRunning) in LibvirtUse.folders {
            let names: [String]
            do throws(Errno) {
                names = try root.names(in: path)
            } catch .noSuchFileOrDirectory {
                continue
            } catch {
                unreadable.append(.unreadable(path, reason: "\(error)"))
                continue
            }
            for name in names where name.hasSuffix(".xml") { read("\(path)/\(name)", isRunning) }
        }
    }

    private mutating func read(_ file: String, _ isRunning: Bool) {
        isThere = true
        do {
            guard let object = try LibvirtDocument(root.read(file, limit: LibvirtUse.limit)).object else { return }
            add(object, isRunning)
        } catch let damage as LibvirtDocument.Damage {
            unreadable.append(.unreadable(file, reason: "\(damage)"))
        } catch {
            // Gone since the folder was read: what ended holds nothing.
            guard error as? Errno != .noSuchFileOrDirectory else { return }
            unreadable.append(.unreadable(file, reason: "\(error)"))
        }
    }

    private mutating func add(_ object: LibvirtObject, _ isRunning: Bool) {
        let found = Evidence.libvirt(object.kind, name: object.name, isRunning: isRunning)
        let running = Evidence.libvirt(object.kind, name: object.name, isRunning: true)
        var addresses = object.managed
        for interface in object.pools { addresses.formUnion(pool(of: interface)) }
        for address in addresses {
            // Running and defined at once is said once.
            let known = evidence[address] ?? []
            if !known.contains(found), !known.contains(running) { evidence[address] = known + [found] }
        }
    }

    /// The virtual functions of the physical function that has an interface.
    private func pool(of interface: String) -> [PCIAddress] {
        let device = "/sys/class/net/\(interface)/device"
        return ((try? root.names(in: device)) ?? []).filter { $0.hasPrefix("virtfn") }.compactMap { name in
            root.linkName("\(device)/\(name)").flatMap { PCIAddress($0) }
        }
    }

    /// The answer of the guard `libvirt`; nil where libvirt has nothing.
    func finding(for function: PCIFunction) -> UseFinding? {
        if let found = evidence[function.address] { return UseFinding(.busy, found) }
        if !unreadable.isEmpty { return UseFinding(.unknown, unreadable) }
        return isThere ? UseFinding(.free) : nil
    }
}
