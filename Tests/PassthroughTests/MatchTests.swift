import Passthrough
import Testing

@Suite("Match")
struct MatchTests {
    private let function: PCIFunction
    private let everyKey: Match

    init() throws {
        let address = try #require(PCIAddress("0001:00:00.1"))
        let physical = try #require(PCIAddress("0001:00:00.0"))
        function = PCIFunction(
            address: address, id: PCIID(vendor: 0x15b3, device: 0x1004),
            subsystem: PCIID(vendor: 0x15b3, device: 0x61b0), classCode: ClassCode(0x020000),
            driver: DriverName("mlx4_core"), physicalFunction: physical)
        everyKey = Match(
            ids: [try #require(IDPattern("15b3:1004"))], subsystems: [try #require(IDPattern("15b3:*"))],
            classes: [try #require(ClassPrefix("02"))], addresses: [.exact(address)],
            drivers: [try #require(DriverPattern("mlx4_core"))], roles: [.virtual],
            physicalFunctions: [.exact(physical)])
    }

    @Test("matches when every key does")
    func matches() {
        #expect(everyKey.matches(function))
        #expect(Match().matches(function))
        #expect(Match().isEmpty && !everyKey.isEmpty)
    }

    @Test("an empty list of values matches nothing")
    func emptyList() {
        #expect(Match(ids: []).firstMismatch(function)?.key == "id")
    }

    @Test("values of a key are alternatives")
    func alternatives() throws {
        let other = try #require(IDPattern("15b3:1003"))
        #expect(Match(ids: [other, IDPattern(function.id)]).matches(function))
        #expect(!Match(ids: [other]).matches(function))
    }

    @Test("names the first key that fails, in the order of the manual page")
    func order() throws {
        var other = PCIFunction(
            address: try #require(PCIAddress("0000:00:00.0")), id: PCIID(vendor: 1, device: 2),
            classCode: ClassCode(0x010802))
        var keys: [String] = []
        let repairs: [(inout PCIFunction) -> Void] = [
            { $0.id = function.id }, { $0.subsystem = function.subsystem }, { $0.classCode = function.classCode },
            { $0 = moved($0) }, { $0.driver = function.driver }, { $0.physicalFunction = $0.address },
            { $0.physicalFunction = function.physicalFunction },
        ]
        for repair in repairs {
            keys.append(everyKey.firstMismatch(other)?.key ?? "none")
            repair(&other)
        }
        #expect(keys == ["id", "subsystem", "class", "address", "driver", "function", "physical_function"])
        #expect(everyKey.matches(other))
    }

    private func moved(_ other: PCIFunction) -> PCIFunction {
        PCIFunction(
            address: function.address, id: other.id, subsystem: other.subsystem, classCode: other.classCode,
            driver: other.driver)
    }

    @Test("a mismatch says both sides")
    func mismatch() throws {
        let wanted = try ["8086:*", "1014:04ed"].map { try #require(IDPattern($0)) }
        let mismatch = try #require(Match(ids: wanted).firstMismatch(function))
        #expect(mismatch.wanted == ["8086:*", "1014:04ed"])
        #expect(mismatch.found == "15b3:1004")
    }

    @Test("a fact that is not there is no match, and is said to be none")
    func missing() throws {
        var bare = function
        bare.subsystem = nil
        bare.driver = nil
        bare.physicalFunction = nil
        let subsystem = try #require(everyKey.firstMismatch(bare))
        #expect(subsystem.key == "subsystem" && subsystem.found == nil)
        #expect(Match(drivers: everyKey.drivers).firstMismatch(bare)?.found == "none")
        #expect(Match(physicalFunctions: everyKey.physicalFunctions).firstMismatch(bare)?.found == nil)
        #expect(Match(drivers: [.unbound]).matches(bare))
    }

    @Test("the recorded driver counts as the driver")
    func recordedDriver() {
        var rebound = function
        rebound.driver = .vfioPCI
        let drivers = Match(drivers: everyKey.drivers)
        #expect(!drivers.matches(rebound))
        #expect(drivers.matches(rebound, recordedDriver: RecordedDriver(function.driver)))
        #expect(Match(drivers: [.unbound]).matches(rebound, recordedDriver: RecordedDriver(nil)))
        #expect(!Match(drivers: [.unbound]).matches(rebound))
    }

    @Test("except passes over what matches all of it")
    func except() {
        var policy = Policy(name: "p", match: Match(ids: everyKey.ids), except: everyKey)
        #expect(policy.firstMismatch(function)?.key == "except")
        policy.except = Match(ids: everyKey.ids, roles: [.physical])
        #expect(policy.firstMismatch(function) == nil)
        policy.match = Match(roles: [.physical])
        #expect(policy.firstMismatch(function)?.key == "function")
    }
}
