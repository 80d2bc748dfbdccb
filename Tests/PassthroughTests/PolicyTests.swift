import Passthrough
import Testing

@Suite("Policy, Guard and Step")
struct PolicyTests {
    @Test("whole types are ids without wildcard, and nothing else in match and except")
    func wholeTypes() throws {
        let ids = try ["15b3:1003", "15b3:1004"].map { try #require(IDPattern($0)) }
        let wild = try #require(IDPattern("15b3:*"))
        #expect(Policy(name: "p", match: Match(ids: ids)).wholeTypes == ids.compactMap(\.exact))
        #expect(Policy(name: "p", match: Match(ids: ids + [wild])).wholeTypes.isEmpty)
        #expect(Policy(name: "p", match: Match(ids: ids, roles: [.any])).wholeTypes.isEmpty)
        #expect(Policy(name: "p", match: Match(ids: ids), except: Match(ids: [wild])).wholeTypes.isEmpty)
        #expect(Policy(name: "p", match: Match(roles: [.any])).wholeTypes.isEmpty)
    }

    @Test("guards have the names and the order of the manual page")
    func guards() {
        let names = [
            "bridge", "siblings", "target", "below", "storage", "network", "open", "console", "libvirt", "iommu",
            "group",
            "vfs", "identity", "in-use",
        ]
        #expect(Guard.allCases.map(\.rawValue) == names)
        #expect(Guard.allCases.sorted() == Guard.allCases)
        let never = Guard.allCases.filter(\.isUnconditional)
        #expect(never == [.bridge, .siblings, .target, .below, .vfs, .inUse])
    }

    @Test("bridges are told by header type and class")
    func isBridge() throws {
        let address = try #require(PCIAddress("0000:00:00.0"))
        func isBridge(_ code: UInt32, _ header: UInt8?) -> Bool {
            PCIFunction(
                address: address, id: PCIID(vendor: 1, device: 1), classCode: ClassCode(code), headerType: header
            ).isBridge
        }
        #expect(isBridge(0x020000, 0x01) && isBridge(0x020000, 0x81) && isBridge(0x060700, nil))
        #expect(isBridge(0x060000, 0) && isBridge(0x060100, 0x80) && isBridge(0x060400, 1) && isBridge(0x060900, 0))
        #expect(!isBridge(0x020000, 0x80) && !isBridge(0x020000, nil) && !isBridge(0x060500, 0))
        #expect(!isBridge(0x068000, 0) && !isBridge(0x060800, 0))
    }

    @Test("steps name the kernel's files")
    func steps() throws {
        let address = try #require(PCIAddress("0001:00:00.0"))
        let id = PCIID(vendor: 0x15b3, device: 0x1003)
        let steps: [(Step, String?, String)] = [
            (.loadModule(of: .vfioPCI, for: address), nil, "vfio_pci"),
            (.setOverride("vfio-pci", of: address), "/sys/bus/pci/devices/0001:00:00.0/driver_override", "vfio-pci"),
            (.clearOverride(of: address), "/sys/bus/pci/devices/0001:00:00.0/driver_override", ""),
            (.unbind(address, from: .pciStub), "/sys/bus/pci/drivers/pci-stub/unbind", "0001:00:00.0"),
            (.bind(address, to: .vfioPCI), "/sys/bus/pci/drivers/vfio-pci/bind", "0001:00:00.0"),
            (.probe(address), "/sys/bus/pci/drivers_probe", "0001:00:00.0"),
            (.registerID(id, with: .vfioPCI, for: nil), "/sys/bus/pci/drivers/vfio-pci/new_id", "15b3 1003"),
            (.removeID(id, from: .vfioPCI, for: nil), "/sys/bus/pci/drivers/vfio-pci/remove_id", "15b3 1003"),
        ]
        for (step, path, value) in steps {
            #expect(step.path == path)
            #expect(step.value == value)
        }
        let operations = steps.map(\.0.operation.rawValue)
        #expect(Set(operations) == Set(Step.Operation.allCases.map(\.rawValue)))
    }
}
