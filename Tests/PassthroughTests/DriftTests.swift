import Passthrough
import Testing

private typealias Host = PlannerHost

@Suite("Drift")
struct DriftTests {
    private func differences(
        _ function: PCIFunction, _ record: [PCIAddress: FunctionRecord],
        _ change: (inout FunctionRecord) -> Void = { _ in }
    ) throws -> [String] {
        var record = try #require(record[function.address])
        change(&record)
        return Drift(of: function, from: record)?.differences ?? []
    }

    @Test("driver, override and id are named as found and as recorded")
    func everything() throws {
        let function = Host.card(1, id: Host.intel, driver: "uio_pci_generic", override: "uio_pci_generic")
        #expect(
            try differences(function, Host.record(1, method: .driverOverride)) == [
                "driver is uio_pci_generic and was vfio-pci", "driver_override is uio_pci_generic and was vfio-pci",
                "id is 8086:10d3 and was 15b3:1003",
            ])
    }

    @Test(
        "what this program left, or found, is no drift",
        arguments: [
            (Method.newID, true, nil as String?, nil as String?), (.newID, true, "pci-stub", nil),
            (.newID, true, "pci-stub", "vfio-pci"), (.newID, false, nil, nil), (.newID, false, "vfio-pci", "vfio-pci"),
            (.driverOverride, true, nil, "vfio-pci"), (.driverOverride, true, "pci-stub", "vfio-pci"),
            (.driverOverride, true, "pci-stub", "pci-stub"), (.driverOverride, false, "vfio-pci", "vfio-pci"),
        ])
    func ours(_ method: Method, _ isWritten: Bool, _ native: String?, _ found: String?) throws {
        for driver in ["vfio-pci", "mlx4_core", nil] {
            let function = Host.card(1, driver: driver, override: found)
            let found = try differences(function, Host.record(1, method: method)) {
                $0.overrideWritten = isWritten
                $0.nativeOverride = native
            }
            #expect(found == [])
        }
    }

    @Test(
        "an override that is neither is one",
        arguments: [
            (Method.newID, true, "pci-stub" as String?, "uio" as String?, "driver_override is uio and was none"),
            (.newID, false, nil, "uio", "driver_override is uio and was none"),
            (.newID, false, nil, "vfio-pci", "driver_override is vfio-pci and was none"),
            (.driverOverride, true, nil, "mlx4_core", "driver_override is mlx4_core and was vfio-pci"),
            (.driverOverride, true, "pci-stub", nil, "driver_override is none and was vfio-pci"),
            (.driverOverride, false, "vfio-pci", nil, "driver_override is none and was vfio-pci"),
        ])
    func foreign(_ method: Method, _ isWritten: Bool, _ native: String?, _ found: String?, _ text: String) throws {
        let function = Host.card(1, driver: "vfio-pci", override: found)
        let change = { (record: inout FunctionRecord) in
            record.overrideWritten = isWritten
            record.nativeOverride = native
        }
        #expect(try differences(function, Host.record(1, method: method), change) == [text])
        // Nobody knows what a run that was cut short wrote.
        #expect(try differences(function, Host.record(1, method: method, phase: .rebinding), change) == [])
        #expect(try differences(function, Host.record(1, method: method, phase: .releasing), change) == [])
    }
}
