import Passthrough
import TOML

/// Reads `match` and `except`.
struct MatchReader {
    /// In the order of vfio-rebind-policy(5).
    static let keys =
        ["id", "subsystem", "class", "address", "driver", "path", "slot", "serial", "function", "physical_function"]
        + ["removable", "numa_node", "fid", "uid", "pchid"]

    /// What the readable keys say; a key that is bad is left out, with an error.
    private(set) var match = Match()
    private(set) var errors: [PolicyError]
    private(set) var warnings: [PolicyError] = []

    init(_ table: TOMLTable, scope: ErrorScope) {
        var reader = TableReader(table, known: MatchReader.keys, scope: scope)
        if table.isEmpty { reader.fail("", "is empty; write at least one key: \(MessageText.list(MatchReader.keys))") }
        match.ids = reader.values("id", .id)
        match.subsystems = reader.values("subsystem", .id)
        match.classes = reader.values("class", .classPrefix)
        match.addresses = reader.values("address", .address)
        match.drivers = reader.values("driver", .driverPattern)
        match.paths = reader.values("path", .path)
        match.slots = reader.values("slot", .slot)
        match.serialNumbers = reader.values("serial", .serialNumber)
        match.roles = reader.values("function", .choice)
        match.physicalFunctions = reader.values("physical_function", .address)
        match.removabilities = reader.values("removable", .choice)
        match.numaNodes = reader.numbers("numa_node")
        match.fids = reader.values("fid", .zPCINumber)
        match.uids = reader.values("uid", .zPCINumber)
        match.pchids = reader.values("pchid", .zPCINumber)
        errors = reader.errors
        warn("address", match.addresses, reader)
        warn("physical_function", match.physicalFunctions, reader)
    }

    private mutating func warn(_ key: String, _ patterns: [AddressPattern]?, _ reader: TableReader) {
        for case .glob(let glob) in patterns ?? [] where MatchReader.lacksDomain(glob.text) {
            warnings.append(
                reader.error(
                    key,
                    "\(MessageText.quoted(glob.text)) matches no address: a glob is over the form \"0000:01:00.0\", "
                        + "with the domain"))
        }
    }

    /// Whether fewer than four plain digits stand before the first colon, where every domain has four at least.
    private static func lacksDomain(_ glob: String) -> Bool {
        let bytes = glob.utf8
        let first = bytes.prefix { $0 != UInt8(ascii: ":") }
        return first.count < bytes.count && first.count < 4 && !first.contains { "*[".utf8.contains($0) }
    }
}
