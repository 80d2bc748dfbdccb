import Host
import Passthrough
import Processes

/// A record; from one that reads, the way back is planned for a function in several states.
struct JournalReader: FuzzReader {
    private let address: PCIAddress
    private let states: [(driver: DriverName?, override: String?)] = [
        (.vfioPCI, "vfio-pci"), (.vfioPCI, nil), (nil, nil), (.pciStub, "pci-stub"),
    ]

    init() { address = FuzzInput.address }

    func complaint(_ bytes: [UInt8]) -> String? {
        guard let record = RecordText.record(bytes, of: address) else { return nil }
        let text = Array(RecordText.text(record).utf8)
        if text.count <= RecordText.limit, RecordText.record(text, of: address) != record {
            return "\(record) does not read as itself"
        }
        _ = Timestamp.text(record.time)
        for state in states {
            let function = PCIFunction(
                address: address, id: record.id, classCode: ClassCode(0x020000), driver: state.driver,
                driverOverride: state.override)
            let snapshot = HostSnapshot(functions: [function], records: [address: record])
            for passesDrift in [false, true] {
                let plan = ReleasePlan.plan(for: function, in: snapshot, overrides: [], passesDrift: passesDrift)
                if let step = plan.steps.first(where: { $0.address != address }) { return "\(step) is of another" }
                if let step = plan.steps.first(where: { FuzzInput.leadsOut($0.path) }) {
                    return "\(step) leads out"
                }
            }
        }
        return nil
    }
}
