/// What the Simulator says of a plan.
enum Prediction {
    static func drivers(after plan: HostPlan, on snapshot: HostSnapshot) -> [PCIAddress: DriverName?] {
        [:]
    }
}
