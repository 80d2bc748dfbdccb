import ArgumentParser

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Print what others need: modprobe, boot loader, initramfs, udev, libvirt, QEMU.",
        usage: "vfio-rebind export [<options>] <kind> [<address> ...]",
        discussion: """
            modprobe, cmdline and initramfs act on device IDs at boot. IDs that are also used by a function which must stay with \
            the host are omitted and reported on standard error; the exit status is 2 then.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "What to print: modprobe, cmdline, initramfs, udev, libvirt, qemu or kubevirt.")
    var kind: ExportKind

    @Argument(
        help: ArgumentHelp("The functions, for libvirt and qemu.", valueName: "address"),
        completion: Completions.addresses, transform: AddressArgument.init)
    var addresses: [AddressArgument] = []

    func validate() throws {
        if kind.takesAddresses, addresses.isEmpty {
            throw ValidationError("export \(kind.rawValue) needs the address of a function")
        }
        if !kind.takesAddresses, !addresses.isEmpty {
            throw ValidationError("export \(kind.rawValue) is about all policies and takes no address")
        }
    }

    func run() throws {
        let export = try Exporter(options, kind).export(addresses.map(\.address))
        if options.json {
            Output.standard(export.document.text)
        } else if !export.text.isEmpty {
            Output.standard(export.text)
        }
        for message in export.messages { Output.error(message) }
        if export.status != .success { throw ExitCode(export.status.rawValue) }
    }
}
