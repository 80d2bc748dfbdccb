import Glibc
import HostFiles
import Passthrough
import SystemPackage
import Testing

@testable import Engine

/// What is written to files: the right bytes into the right one, and nothing else anywhere.
@Suite("Writing steps")
struct HostKernelTests {
    private let host: MadeUpHost
    private let address = Scenario.address(1)

    init() throws {
        host = try MadeUpHost()
        try host.add(address)
    }

    /// Every file below the root with its content.
    private func files(_ folder: String = "/sys") throws -> [String: String] {
        var files: [String: String] = [:]
        for name in try host.root.names(in: folder) {
            let path = "\(folder)/\(name)"
            let status = try host.root.status(path, followingLink: false)
            if status.isFolder { files.merge(try self.files(path)) { first, _ in first } }
            if status.isRegular { files[path] = host.tree.text(path) }
        }
        return files
    }

    @Test(
        "each step writes its text into its file",
        arguments: [
            (Step.setOverride("vfio-pci", of: Scenario.address(1)), "vfio-pci\n"),
            (.clearOverride(of: Scenario.address(1)), "\n"),
            (.unbind(Scenario.address(1), from: Scenario.mlx4), "0000:01:01.0\n"),
            (.bind(Scenario.address(1), to: .vfioPCI), "0000:01:01.0\n"),
            (.registerID(Scenario.card, with: .vfioPCI, for: nil), "15b3 1003\n"),
            (.removeID(Scenario.card, from: .vfioPCI, for: nil), "15b3 1003\n"),
        ])
    func bytes(_ step: Step, _ text: String) throws {
        let before = try files()
        try HostKernel(root: host.root).perform(step)
        let path = try #require(step.path)
        let own = path.replacing(SysfsPath.device(address), with: MadeUpHost.folder(address))
        let changed = try files().filter { before[$0.key] != $0.value }
        #expect(changed == [own: text])
        #expect(try files().count == before.count)
    }

    @Test("a link in place of an attribute is refused")
    func link() throws {
        try host.tree.file("/etc/precious", "text")
        try host.root.remove(SysfsPath.bind(.vfioPCI))
        try host.tree.link(SysfsPath.bind(.vfioPCI), to: "/etc/precious")
        #expect(throws: Errno.tooManySymbolicLinkLevels) {
            try HostKernel(root: host.root).perform(.bind(address, to: .vfioPCI))
        }
        #expect(host.tree.text("/etc/precious") == "text")
    }

    @Test("a file that is missing is never made, and no module is loaded below another root")
    func missing() throws {
        try host.root.remove(SysfsPath.bind(.vfioPCI))
        let kernel = HostKernel(root: host.root)
        #expect(throws: Errno.noSuchFileOrDirectory) { try kernel.perform(.bind(address, to: .vfioPCI)) }
        #expect(!host.root.exists(SysfsPath.bind(.vfioPCI)))
        #expect(throws: LoadFailure(.notSupported, "vfio_pci is not loaded, and below another root no module is")) {
            try kernel.load(.loadModule(of: .vfioPCI, for: nil))
        }
    }

    @Test("an instance tells a function and a driver from later ones")
    func instances() throws {
        let kernel = HostKernel(root: host.root)
        #expect(kernel.instance(of: address) != nil && kernel.instance(of: Scenario.address(5)) == nil)
        #expect(kernel.instance(of: .vfioPCI) != 0 && kernel.instance(of: .pciStub) == 0)
        #expect(kernel.driver(of: address) == Scenario.mlx4 && kernel.driverOverride(of: address) == nil)
    }
}
