import Passthrough

/// A small host for tests of the planner, and words for its parts.
struct PlannerHost {
    static let mellanox = PCIID(vendor: 0x15b3, device: 0x1003)
    static let intel = PCIID(vendor: 0x8086, device: 0x10d3)
    static let graphics = PCIID(vendor: 0x10de, device: 0x2204)
    static let sound = PCIID(vendor: 0x10de, device: 0x1aef)

    static let mlx4 = driver("mlx4_core")
    static let e1000e = driver("e1000e")

    static func driver(_ text: String) -> DriverName {
        guard let name = DriverName(text) else { preconditionFailure("no driver \(text)") }
        return name
    }

    /// `0000:01:DEVICE.FUNCTION`.
    static func address(_ device: UInt8, _ function: UInt8 = 0) -> PCIAddress {
        guard let address = PCIAddress(domain: 0, bus: 1, device: device, function: function) else {
            preconditionFailure("no device \(device)")
        }
        return address
    }

    /// A network card, by default a bound one in a group of its own.
    static func card(
        _ device: UInt8, _ function: UInt8 = 0, id: PCIID = mellanox, driver: String? = "mlx4_core",
        group: UInt32? = nil,
        classCode: UInt32 = 0x020000, header: UInt8? = 0, override: String? = nil
    ) -> PCIFunction {
        PCIFunction(
            address: address(device, function), id: id, classCode: ClassCode(classCode),
            driver: driver.map(PlannerHost.driver), driverOverride: override,
            iommuGroup: group ?? UInt32(device) * 8 + UInt32(function), headerType: header)
    }

    static func policy(
        _ name: String = "p", ids: [PCIID]? = nil, at addresses: [PCIAddress]? = nil,
        action: Policy.Action = .passthrough, driver: DriverName = .vfioPCI, method: Policy.MethodChoice = .auto,
        group: Policy.GroupRule = .require, guards: [Guard: GuardSetting] = [:], except: Match? = nil
    ) -> Policy {
        Policy(
            name: name, match: Match(ids: ids?.map { IDPattern($0) }, addresses: addresses?.map { .exact($0) }),
            except: except, action: action, driver: driver, method: method, group: group, guards: guards)
    }

    static func record(
        _ device: UInt8, native: String? = "mlx4_core", target: DriverName = .vfioPCI, method: Method = .newID,
        policy: String? = "p", phase: FunctionRecord.Phase = .rebound, id: PCIID = mellanox
    ) -> [PCIAddress: FunctionRecord] {
        let address = address(device)
        return [
            address: FunctionRecord(
                address: address, instance: 1, id: id, nativeDriver: native.map(driver), nativeOverride: nil,
                target: target, method: method, overrideWritten: method == .driverOverride, policy: policy,
                phase: phase)
        ]
    }

    var snapshot: HostSnapshot
    var policies: [Policy]
    var request = PlanRequest()

    init(_ functions: [PCIFunction], _ policies: [Policy]) {
        snapshot = HostSnapshot(functions: functions)
        self.policies = policies
    }

    var plan: HostPlan { Planner(policies: PolicySet(policies), request: request).plan(snapshot) }

    /// The plan of one function.
    func plan(_ device: UInt8, _ function: UInt8 = 0) -> FunctionPlan? {
        plan.functions.first { $0.function.address == PlannerHost.address(device, function) }
    }

    /// The decisions about all functions, by address.
    var decisions: [Decision] { plan.functions.map(\.decision) }

    /// `op value`, of all steps in order.
    var steps: [String] { plan.functions.flatMap(\.steps).map { "\($0.operation.rawValue) \($0.value)" } }
}

extension FunctionPlan {
    /// The guards that refuse.
    var refusals: [Guard] { guards.filter(\.refuses).map(\.name) }
}
