package import HostFiles
package import Passthrough

/// Reads all that planning could ask of this host, for every function and every driver.
package struct CaptureReader {
    private let root: Root

    package init(root: Root) { self.root = root }

    package func capture(overrides: OverrideReader) throws(HostReader.Failure) -> HostCapture {
        let reader = SnapshotReader(root: root, wanted: .all)
        var capture = HostCapture(snapshot: reader.complete(try reader.functions(), overrides: overrides))
        let drivers = (try? root.names(in: SysfsPath.drivers)) ?? []
        capture.drivers = Set(drivers.compactMap { DriverName($0) })
        let modules = ModuleDatabase(root: root)
        capture.kernelRelease = modules.release
        capture.modules = modules.states(of: capture.drivers ?? [])
        capture.variantAliases = modules.variantAliases
        capture.surroundings = SurroundingsReader(root: root).surroundings()
        let state = StateFolder(root: root)
        capture.stuck = state.stuck()
        capture.contested = state.contested()
        let nodeReader = VFIONodeReader(root: root)
        for function in capture.snapshot.functions {
            let nodes = nodeReader.nodes(of: function.address, group: function.iommuGroup)
            if nodes != VFIONodes() { capture.nodes[function.address] = nodes }
            let history = state.history(of: function.address)
            if !history.isEmpty { capture.history[function.address] = history }
        }
        return capture
    }
}
