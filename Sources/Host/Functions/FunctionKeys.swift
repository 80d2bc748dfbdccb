package import HostFiles
import Passthrough

/// Numbers that tell the functions that are present, each from a later one at the same address.
///
/// They are made of the names and inode numbers of the links in `/sys/bus/pci/devices`, which one pass over that directory gives for all of
/// them: sysfs gives each link a new inode number when its function is added (`__kernfs_new_node`, fs/kernfs/dir.c, which counts on until
/// 2^32). The times of the directory itself tell nothing: kernfs keeps none.
package struct FunctionKeys: Sendable {
    /// In the order of the directory.
    private(set) var keys: [UInt64] = []

    package init(root: Root) {
        guard let folder = try? root.folder(SysfsPath.devices) else { return }
        var keys: [UInt64] = []
        try? folder.read { name, inode, _ in keys.append(FunctionKeys.key(name, inode)) }
        self.keys = keys
    }

    /// The functions that are present and whose keys are not among these, which are sorted.
    static func others(than known: [UInt64], root: Root) -> [(address: PCIAddress, key: UInt64)] {
        guard let folder = try? root.folder(SysfsPath.devices) else { return [] }
        var others: [(address: PCIAddress, key: UInt64)] = []
        try? folder.read { name, inode, _ in
            let key = FunctionKeys.key(name, inode)
            guard !contains(known, key), let address = PCIAddress(String(decoding: name, as: UTF8.self)) else { return }
            others.append((address, key))
        }
        return others
    }

    private static func key(_ name: UnsafeRawBufferPointer, _ inode: UInt64) -> UInt64 {
        var fingerprint = Fingerprint(inode)
        fingerprint.add(name)
        return fingerprint.value
    }

    private static func contains(_ keys: [UInt64], _ key: UInt64) -> Bool {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low < keys.count && keys[low] == key
    }
}
