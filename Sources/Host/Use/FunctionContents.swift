import HostFiles
import Passthrough

/// What stands below some functions in sysfs: tells which guards have anything to ask, so that a network card costs no look at every disk,
/// screen and device node of the machine.
struct FunctionContents {
    /// The names of the folders below the functions, those of classes (`net`, `block`, `drm`) among them; nil where nobody looked.
    private var names: Set<String>?
    /// Whether a device node belongs to one of them: the attribute `dev` of its folder.
    private var hasNode = false

    /// For more functions than this the lists of classes cost less than a walk below each.
    private static let limit = 8
    private static let depth = 16
    /// Folders that are no devices, and have none below them.
    private static let leaves: Set<String> = ["power", "msi_irqs", "net", "statistics", "wakeup", "link"]

    init(root: Root, functions: [PCIFunction]) {
        // A made-up tree may have the lists of classes and not the folders that they name.
        guard root.isHost, functions.count <= FunctionContents.limit else { return }
        names = []
        for function in functions {
            if let folder = try? root.folder(SysfsPath.device(function.address)) { look(into: folder, depth: 0) }
        }
    }

    /// Links are not followed, so the walk stays below the function.
    private mutating func look(into folder: borrowing Folder, depth: Int) {
        guard depth < FunctionContents.depth, let entries = try? folder.entries() else { return }
        for entry in entries {
            if entry.name == "dev", depth > 0 { hasNode = true }
            guard entry.isFolder else { continue }
            names?.insert(entry.name)
            guard !FunctionContents.leaves.contains(entry.name) else { continue }
            if let next = try? folder.folder(entry.name) { look(into: next, depth: depth + 1) }
        }
    }

    /// Whether a device of one of these classes may be below the functions.
    func mayHave(_ classes: String...) -> Bool { names.map { !$0.isDisjoint(with: classes) } ?? true }

    /// Whether a process could hold a device node that belongs to one of them.
    var mayHaveNodes: Bool { names == nil || hasNode }
}
