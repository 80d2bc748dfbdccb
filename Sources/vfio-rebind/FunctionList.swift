import Engine
import HostFiles
import Passthrough
import Udev

/// The functions of a host as `list` shows them.
struct FunctionList: ~Copyable {
    private let rows: [Row]

    private struct Row {
        var function: PCIFunction
        let names: HardwareNames.Names
        let policy: String?
        let state: String
        let groupPath: String?
        let devicePath: String?

        /// What people call it: device and vendor as far as they are known.
        var title: String {
            [names.vendor, names.device].compactMap { $0 }.joined(separator: " ")
        }
    }

    init(session: Session, snapshot: HostSnapshot, functions: [PCIFunction]) {
        let root = session.root
        let overrides: OverrideReader = root.isHost ? .inWorker(root) : .direct(root)
        let values = overrides.overrides(of: functions.map(\.address))
        let stuck = StateFolder(root: root).stuck()
        var database = HardwareNames()
        var rows: [Row] = []
        for var function in functions {
            function.driverOverride = values[function.address] ?? nil
            let recorded = snapshot.recordedDriver(of: function.address)
            let policy = session.policies.first(for: function, recordedDriver: recorded)
            let group = function.iommuGroup.map { "/dev/vfio/\($0)" }
            let device = (try? root.names(in: "\(SysfsPath.device(function.address))/vfio-dev"))?.first
            rows.append(
                Row(
                    function: function, names: database.names(of: function.id), policy: policy?.name,
                    state: FunctionList.state(function, policy, snapshot, stuck),
                    groupPath: group.flatMap { root.exists($0) ? $0 : nil },
                    devicePath: device.map { "/dev/vfio/devices/\($0)" }.flatMap { root.exists($0) ? $0 : nil }))
        }
        self.rows = rows
    }

    private static func state(
        _ function: PCIFunction, _ policy: Policy?, _ snapshot: HostSnapshot, _ stuck: [PCIAddress: String]
    ) -> String {
        if stuck[function.address] != nil { return "stuck" }
        if snapshot.holds.contains(function.address) { return "held" }
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
            "vendor_name": .text(row.names.vendor), "device_name": .text(row.names.device),
            "driver": .text(function.driver), "driver_override": .text(function.driverOverride),
            "iommu_group": .number(function.iommuGroup.map(Int.init)), "numa_node": .number(function.numaNode),
            "physical_function": .text(function.physicalFunction), "group_path": .text(row.groupPath),
            "cdev_path": .text(row.devicePath), "policy": .text(row.policy), "state": .text(row.state),
        ])
    }

    /// A table; the name is cut where the terminal ends.
    func text(style: Style, width: Int?) -> String {
        var table = Table(headings: ["ADDRESS", "ID", "DRIVER", "GROUP", "STATE", "POLICY", "NAME"])
        for row in rows {
            let state: (String) -> String =
                switch row.state {
                case "passthrough": style.good
                case "stuck", "contested": style.bad
                case "held": style.careful
                default: { $0 }
                }
            table.add([
                Table.Cell(row.function.address.description), Table.Cell(row.function.id.description),
                Table.Cell(row.function.driver?.text ?? "-"),
                Table.Cell(row.function.iommuGroup.map(String.init) ?? "-"),
                Table.Cell(row.state, state), Table.Cell(row.policy ?? "-"), Table.Cell(row.title, style.faint),
            ])
        }
        return table.text(width: width, heading: style.bold)
    }
}
