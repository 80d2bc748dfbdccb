import HostFiles
import SystemPackage
import Testing

@testable import Host

@Suite("The pass over /proc")
struct ProcessScanTests {
    private let tree: TemporaryTree

    init() throws { tree = try TemporaryTree() }

    private func process(_ pid: Int, mounts: String) throws {
        try tree.link("/proc/\(pid)/ns/mnt", to: mounts)
        try tree.link("/proc/\(pid)/ns/net", to: "net:[7]")
        try tree.file("/proc/\(pid)/mountinfo", "of \(pid)\n")
    }

    private func tables(_ scan: ProcessScan, besides pid: Int? = nil) -> [String] {
        scan.mountTables(tree.root, besides: pid).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("each mount namespace is told of once, by its first process")
    func namespaces() throws {
        for pid in [1, 3, 5] { try process(pid, mounts: "mnt:[1]") }
        for pid in [2, 4] { try process(pid, mounts: "mnt:[2]") }
        let scan = ProcessScan(root: tree.root, openFiles: false)
        #expect(scan.isComplete && scan.networkNamespaces == [7: [1, 2, 3, 4, 5]])
        #expect(tables(scan) == ["of 1\n", "of 2\n"])
        #expect(tables(scan, besides: 5) == ["of 2\n"])
    }

    @Test("where a process has ended since, the next of its namespace tells")
    func ended() throws {
        for pid in [10, 11, 12] { try process(pid, mounts: "mnt:[2]") }
        let scan = ProcessScan(root: tree.root, openFiles: false)
        try tree.root.removeTree("/proc/10")
        // Nobody has waited for this one yet.
        try tree.root.removeTree("/proc/11/ns")
        try tree.root.remove("/proc/11/mountinfo")
        #expect(tables(scan) == ["of 12\n"])
        try tree.root.removeTree("/proc/12")
        #expect(tables(scan).isEmpty)
    }

    @Test("one that cannot be looked into makes the pass incomplete; one that is not there any more does not")
    func incomplete() throws {
        try process(10, mounts: "mnt:[2]")
        // Any error but ENOENT, and then no such process: so it is where one ends between two calls.
        try tree.link("/proc/11", to: "11")
        #expect(ProcessScan(root: tree.root, openFiles: false).isComplete)
        try tree.file("/proc/12/ns", "no folder")
        #expect(!ProcessScan(root: tree.root, openFiles: false).isComplete)
    }
}
