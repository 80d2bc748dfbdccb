import JSON
import Passthrough

/// One key of a function in a snapshot: how it is written and read. A new attribute is a new line in `all`.
struct FunctionField: Sendable {
    let name: String
    let write: @Sendable (CapturedFunction) -> JSONValue
    /// Not called for null.
    let read: @Sendable (JSONValue, inout CapturedFunction) throws(JSONError) -> Void

    private init(
        _ name: String, _ write: @escaping @Sendable (CapturedFunction) -> JSONValue,
        _ read: @escaping @Sendable (JSONValue, inout CapturedFunction) throws(JSONError) -> Void
    ) {
        self.name = name
        self.write = write
        self.read = read
    }

    /// Sorted by name.
    static let all: [FunctionField] = [
        FunctionField("address", { .text($0.function.address) }, { _, _ in }),
        FunctionField("cdev_path", { .text($0.nodes.device) }) { (node, captured) throws(JSONError) in
            captured.nodes.device = try node.string()
        },
        FunctionField("class", { .text($0.function.classCode) }) { (node, captured) throws(JSONError) in
            captured.function.classCode = ClassCode(UInt32(try node.hexadecimal(6...6)))
        },
        FunctionField("driver", { .text($0.function.driver) }) { (node, captured) throws(JSONError) in
            captured.function.driver = try node.driver()
        },
        FunctionField("driver_override", { .text($0.function.driverOverride) }) {
            (node, captured) throws(JSONError) in
            captured.function.driverOverride = try node.string()
        },
        FunctionField("fid", { .text($0.function.identity.fid) }) { (node, captured) throws(JSONError) in
            captured.function.identity.fid = try node.zPCINumber()
        },
        FunctionField("group_path", { .text($0.nodes.group) }) { (node, captured) throws(JSONError) in
            captured.nodes.group = try node.string()
        },
        FunctionField("header_type", { .number($0.function.headerType) }) { (node, captured) throws(JSONError) in
            captured.function.headerType = try node.integer()
        },
        FunctionField("id", { .text($0.function.id) }, { _, _ in }),
        FunctionField("iommu_group", { .number($0.function.iommuGroup) }) { (node, captured) throws(JSONError) in
            captured.function.iommuGroup = try node.integer()
        },
        FunctionField("noiommu_group", { .bool($0.function.isNoIOMMUGroup) }) {
            (node, captured) throws(JSONError) in
            captured.function.isNoIOMMUGroup = try node.flag()
        },
        FunctionField("numa_node", { .number($0.function.numaNode) }) { (node, captured) throws(JSONError) in
            captured.function.numaNode = try node.integer()
        },
        FunctionField("path", { .texts($0.function.path) }) { (node, captured) throws(JSONError) in
            captured.function.path = try node.entries { (node) throws(JSONError) in try node.address() }
        },
        FunctionField("pchid", { .text($0.function.identity.pchid) }) { (node, captured) throws(JSONError) in
            captured.function.identity.pchid = try node.zPCINumber()
        },
        FunctionField("physical_function", { .text($0.function.physicalFunction) }) {
            (node, captured) throws(JSONError) in captured.function.physicalFunction = try node.address()
        },
        FunctionField("removable", { .text($0.function.identity.removability) }) {
            (node, captured) throws(JSONError) in captured.function.identity.removability = try node.choice()
        },
        FunctionField("revision", { .text(Hexadecimal.text(UInt64($0.function.revision), digits: 2)) }) {
            (node, captured) throws(JSONError) in
            captured.function.revision = UInt8(truncatingIfNeeded: try node.hexadecimal(2...2))
        },
        FunctionField("serial", { .text($0.function.identity.serialNumber) }) {
            (node, captured) throws(JSONError) in
            captured.function.identity.serialNumber = try node.serialNumber()
        },
        FunctionField("serial_unknown", { .bool($0.function.identity.isSerialNumberUnknown) }) {
            (node, captured) throws(JSONError) in
            captured.function.identity.isSerialNumberUnknown = try node.flag()
        },
        FunctionField("slot", { .text($0.function.identity.slot) }) { (node, captured) throws(JSONError) in
            captured.function.identity.slot = try node.string()
        },
        FunctionField("subsystem", { .text($0.function.subsystem) }) { (node, captured) throws(JSONError) in
            captured.function.subsystem = try node.id()
        },
        FunctionField("uid", { .text($0.function.identity.uid) }) { (node, captured) throws(JSONError) in
            captured.function.identity.uid = try node.zPCINumber()
        },
        FunctionField("uses", { UseNode.node($0.uses) }) { (node, captured) throws(JSONError) in
            captured.uses = try UseNode.uses(node)
        },
        FunctionField("virtual_functions", { .number($0.function.virtualFunctionCount) }) {
            (node, captured) throws(JSONError) in captured.function.virtualFunctionCount = try node.integer()
        },
        FunctionField("wants_override", { .bool($0.function.identity.wantsOverride) }) {
            (node, captured) throws(JSONError) in captured.function.identity.wantsOverride = try node.flag()
        },
    ]
}
