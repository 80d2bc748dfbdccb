import Advice
import Host
import HostFiles
import JSON
import Passthrough

/// Makes one export: reads the host, writes the text, and reports what was omitted.
struct Exporter {
    private let options: GlobalOptions
    private let kind: ExportKind
    private let session: Session

    /// The outcome: nothing at all is printed where `files` is empty.
    struct Export {
        let kind: ExportKind
        var files: [ExportedFile] = []
        var types = ExportedTypes()
        var messages: [String] = []
        var status = ExitStatus.success

        /// One file as it is, several each below its name.
        var text: String {
            if files.count == 1 { return files[0].text }
            return files.map { "# \($0.path), mode 0\(String($0.mode, radix: 8))\n\($0.text)" }.joined(
                separator: "\n\n")
        }

        var document: JSONDocument {
            let leftOut = types.leftOut.map {
                JSONValue.object(["id": .text($0.id), "address": .text($0.address), "reason": .text($0.reason)])
            }
            let shown = files.map {
                JSONValue.object([
                    "path": .text($0.path.isEmpty ? nil : $0.path), "mode": .text(String($0.mode, radix: 8)),
                    "text": .text($0.text + "\n"),
                ])
            }
            return JSONDocument(
                "export",
                [
                    "kind": .text(kind.rawValue), "files": .list(shown), "ids": .texts(types.ids),
                    "left_out": .list(leftOut),
                ])
        }
    }

    /// The device IDs that an export has, and those that it omits.
    struct ExportedTypes {
        var ids: [PCIID] = []
        var leftOut: [BootTypes.LeftOut] = []
    }

    init(_ options: GlobalOptions, _ kind: ExportKind) throws(Failure) {
        self.options = options
        self.kind = kind
        session = try Session(options, writes: false)
    }

    func export(_ addresses: [PCIAddress]) throws(Failure) -> Export {
        switch kind {
        case .udev: try rule()
        case .libvirt, .qemu: try machines(addresses)
        case .kubevirt: try kubevirt()
        case .modprobe, .cmdline, .initramfs: try boot()
        }
    }

    private func single(_ text: String) -> Export {
        Export(kind: kind, files: [ExportedFile(path: "", mode: 0o644, text: text)])
    }

    private func rule() throws(Failure) -> Export {
        guard session.policies.policies.contains(where: { $0.group == .whole }) else {
            return single(RuleExport.text(session.policies))
        }
        let snapshot = try session.functions()
        let whole = snapshot.functions.filter { function in
            let recorded = snapshot.recordedDriver(of: function.address)
            return session.policies.first(for: function, recordedDriver: recorded)?.group == .whole
        }
        let mates = whole.flatMap { snapshot.groupMates(of: $0) }.filter { !$0.isBridge }.map(\.id)
        return single(RuleExport.text(session.policies, mates: Set(mates).sorted()))
    }

    private func machines(_ addresses: [PCIAddress]) throws(Failure) -> Export {
        let snapshot = try session.functions(naming: addresses)
        var texts: [String] = []
        var messages: [String] = []
        for function in addresses.compactMap({ snapshot.function(at: $0) }) {
            let zpci = ZPCIReader(root: session.root).identity(of: function.address)
            texts.append(
                kind == .qemu
                    ? MachineExport.qemu(function.address) : MachineExport.libvirt(function.address, zpci: zpci))
            if function.driver?.isVFIO != true {
                let holder = function.driver.map { "it is bound to \($0)" } ?? "it has no driver"
                messages.append(
                    "\(function.address) is not ready for a guest: \(holder); run `vfio-rebind apply` first")
            }
        }
        var export = single(texts.joined(separator: "\n"))
        export.messages = messages
        return export
    }

    private func kubevirt() throws(Failure) -> Export {
        let ids = BootTypes.wanted(try session.plan(PlanRequest()).plan, session.policies)
        var export = single(MachineExport.kubevirt(ids))
        export.types.ids = ids
        return export
    }

    private func boot() throws(Failure) -> Export {
        let (plan, snapshot) = try session.plan(PlanRequest())
        let types = BootTypes(plan, session.policies, bringsIOMMU: kind == .cmdline)
        let surroundings = session.source.surroundings ?? Surroundings()
        var export = Export(kind: kind)
        export.types = ExportedTypes(ids: types.ids, leftOut: types.leftOut)
        if !types.leftOut.isEmpty { export.status = .refused }
        export.messages = types.leftOut.map {
            "\($0.id) is omitted: it is also used by \($0.address), which must stay: \($0.reason)"
        }
        let boot = BootExport(ids: types.ids, nativeModules: natives(types.ids, snapshot))
        guard !boot.isTooLong else {
            throw Failure(
                status: .failed,
                message:
                    "the list of IDs has \(boot.list.utf8.count) characters, more than the \(BootExport.limit) that vfio-pci reads; nothing was printed",
                details: export.messages)
        }
        let hasGroups = snapshot.functions.contains { $0.iommuGroup != nil }
        let words = hasGroups || kind != .cmdline ? [] : IOMMUAdvice(surroundings).words
        guard !types.ids.isEmpty || !words.isEmpty else {
            if types.leftOut.isEmpty {
                export.messages.append(
                    "no policy matches by device ID or matches a present function: nothing to export")
            }
            return export
        }
        if kind != .cmdline, surroundings.vfioPCI == .builtIn {
            export.messages.append(
                "vfio-pci is built into this kernel and does not read modprobe.d: use `vfio-rebind export cmdline`")
        }
        export.files =
            switch kind {
            case .cmdline: [ExportedFile(path: "", mode: 0o644, text: boot.commandLine(iommuWords: words))]
            case .initramfs: boot.initramfs
            default: [ExportedFile(path: "/etc/modprobe.d/vfio-rebind.conf", mode: 0o644, text: boot.modprobe())]
            }
        return export
    }

    /// The modules before which vfio-pci must be loaded: of the present and recorded drivers, and those that modprobe would load.
    private func natives(_ ids: [PCIID], _ snapshot: HostSnapshot) -> [String] {
        let functions = ids.flatMap { snapshot.functions(of: $0) }
        let drivers = functions.compactMap { function in
            function.driver?.isVFIO == true ? snapshot.records[function.address]?.nativeDriver : function.driver
        }
        let modules = ModuleDatabase(root: session.root)
        let builtIn = modules.builtInModules
        let known = drivers.filter { !$0.isVFIO && $0 != .pciStub }.map { modules.module(of: $0) }
            .filter { !builtIn.contains($0) }
        return modules.natives(of: ids, present: functions).union(known).sorted()
    }
}
