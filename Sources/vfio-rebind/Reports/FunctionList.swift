import JSON
import Passthrough

/// The functions of a host as `list` shows them.
struct FunctionList {
    let rows: [Row]

    struct Row {
        var function: PCIFunction
        /// Nil below another root: libudev cannot read a hardware database there.
        let names: CardNames?
        let policy: String?
        let state: String
        let nodes: VFIONodes

        /// Its name: device and vendor as far as the hardware database has them.
        var title: String {
            [names?.vendor, names?.device].compactMap { $0 }.joined(separator: " ")
        }
    }

    init(session: Session, snapshot: HostSnapshot, functions: [PCIFunction]) {
        let details = session.source.details(of: functions)
        var rows: [Row] = []
        for function in details.functions {
            let recorded = snapshot.recordedDriver(of: function.address)
            let policy = session.policies.first(for: function, recordedDriver: recorded)
            rows.append(
                Row(
                    function: function, names: details.names[function.id], policy: policy?.name,
                    state: FunctionList.state(
                        function, policy, snapshot, stuck: details.stuck, contested: details.contested),
                    nodes: details.nodes[function.address] ?? VFIONodes()))
        }
        self.rows = rows
    }

    /// The state of the function in `list`.
    static func state(
        _ function: PCIFunction, _ policy: Policy?, _ snapshot: HostSnapshot, stuck: Set<PCIAddress>,
        contested: Set<PCIAddress>
    ) -> String {
        if stuck.contains(function.address) { return "stuck" }
        if snapshot.holds.contains(function.address) { return "held" }
        if contested.contains(function.address) { return "contested" }
        guard let driver = function.driver else { return "unbound" }
        let isTarget = policy?.action == .passthrough && policy?.driver == driver
        return driver.isVFIO || isTarget ? "passthrough" : "host"
    }

    var document: JSONDocument { JSONDocument("list", ["functions": .list(rows.map(FunctionList.json))]) }

    private static func json(_ row: Row) -> JSONValue {
        let function = row.function
        return .object([
            "address": .text(function.address), "id": .text(function.id), "subsystem": .text(function.subsystem),
            "class": .text(function.classCode),
            "revision": .text(Hexadecimal.text(UInt64(function.revision), digits: 2)),
            "vendor_name": .text(row.names?.vendor), "device_name": .text(row.names?.device),
            "driver": .text(function.driver), "driver_override": .text(function.driverOverride),
            "iommu_group": .number(function.iommuGroup.map(Int.init)), "numa_node": .number(function.numaNode),
            "physical_function": .text(function.physicalFunction), "group_path": .text(row.nodes.group),
            "cdev_path": .text(row.nodes.device), "policy": .text(row.policy), "state": .text(row.state),
        ])
    }

    /// A table; what is wide is cut where the terminal ends.
    func text(style: Style, width: Int?) -> String {
        guard !rows.isEmpty else { return FunctionList.nothing }
        return lines(Array(rows.indices), style, width, hasGroups: true) { _ in "" }.joined(separator: "\n")
    }

    static let nothing = "No PCI functions here."

    /// The heading and the rows in an order, with a mark before each.
    func lines(_ order: [Int], _ style: Style, _ width: Int?, hasGroups: Bool, mark: (Int) -> String)
        -> [String]
    {
        var table = Table(
            headings: ["ADDRESS", "ID", "DRIVER", "GROUP", "STATE", "POLICY", "NAME"], flexible: ["DRIVER", "POLICY"])
        for (place, index) in order.enumerated() {
            let row = rows[index]
            let group = hasGroups ? row.function.iommuGroup.map(String.init) : nil
            let state: (String) -> String =
                switch row.state {
                case "passthrough": style.good
                case "stuck", "contested": style.bad
                case "held": style.careful
                default: { $0 }
                }
            table.add([
                Table.Cell(mark(place) + row.function.address.description), Table.Cell(row.function.id.description),
                Table.Cell(row.function.driver?.text ?? "-"), Table.Cell(group ?? "-"),
                Table.Cell(row.state, state), Table.Cell(row.policy ?? "-"), Table.Cell(row.title, style.faint),
            ])
        }
        return table.lines(width: width, heading: style.bold)
    }
}
