import CVirtualFunctions
import Host
import HostFiles
import Passthrough
import SystemPackage
import Testing

/// MAC address and VLAN of virtual functions: as bytes of rtnetlink(7), in the journal, and through a rebind and back.
@Suite("Settings of virtual functions")
struct VirtualFunctionTests {
    private static func settings(_ last: UInt8, vlan: UInt16 = 0, priority: UInt8 = 0) throws -> VirtualFunctionSettings
    {
        try #require(
            VirtualFunctionSettings(macAddress: [2, 0, 0, 0, 0, last], vlan: vlan, priority: priority))
    }

    // MARK: Bytes

    /// An attribute: length, type, value, padded to four bytes; numbers low byte first, as on the machines that the tests run on.
    private func attribute(_ type: UInt8, _ value: [UInt8]) -> [UInt8] {
        let length = value.count + 4
        return [UInt8(length & 0xff), UInt8(length >> 8), type, 0] + value
            + [UInt8](repeating: 0, count: (4 - length % 4) % 4)
    }

    private func address(_ index: UInt8, _ last: UInt8) -> [UInt8] {
        attribute(1, [index, 0, 0, 0, 2, 0, 0, 0, 0, last] + [UInt8](repeating: 0, count: 26))
    }

    private func vlan(_ index: UInt8, _ vlan: UInt8, _ priority: UInt8) -> [UInt8] {
        attribute(2, [index, 0, 0, 0, vlan, 0, 0, 0, priority, 0, 0, 0])
    }

    private func message(_ type: UInt8, flags: UInt8 = 0, _ body: [UInt8]) -> [UInt8] {
        [UInt8(16 + body.count), 0, 0, 0, type, 0, flags, 0, 1, 0, 0, 0, 0, 0, 0, 0] + body
    }

    private let link: [UInt8] = [0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]

    private func read(_ bytes: [UInt8], index: UInt32) -> (linux_vf?, Errno) {
        var found = linux_vf(index: index, address: (0, 0, 0, 0, 0, 0), vlan: 0, priority: 0)
        let status = bytes.withUnsafeBufferPointer { linux_vf_answer($0.baseAddress, Int32($0.count), &found) }
        return (status == 0 ? found : nil, Errno.last)
    }

    private func made(_ make: (UnsafeMutablePointer<UInt8>) -> Int32) -> [UInt8] {
        var buffer = [UInt8](repeating: 0xee, count: 256)
        let count = buffer.withUnsafeMutableBufferPointer { $0.baseAddress.map(make) ?? 0 }
        return Array(buffer.prefix(Int(count)))
    }

    @Test("the question and the orders are what rtnetlink(7) takes")
    func encoding() {
        let wanted = linux_vf(index: 3, address: (2, 0, 0, 0, 0, 9), vlan: 5, priority: 1)
        // RTM_GETLINK, NLM_F_REQUEST, IFLA_EXT_MASK with RTEXT_FILTER_VF.
        #expect(made { linux_vf_question($0, 7) } == message(18, flags: 1, link + attribute(29, [1, 0, 0, 0])))
        // RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, IFLA_VFINFO_LIST, IFLA_VF_INFO.
        let vlans = attribute(22, attribute(1, vlan(3, 5, 1)))
        #expect(made { linux_vf_order($0, 7, wanted, 0) } == message(19, flags: 5, link + vlans))
        let addresses = attribute(22, attribute(1, address(3, 9)))
        #expect(made { linux_vf_order($0, 7, wanted, 1) } == message(19, flags: 5, link + addresses))
    }

    @Test("an answer is read, whatever else it holds")
    func decoding() {
        let list = (0..<3).flatMap { attribute(1, address($0, $0 + 1) + vlan($0, $0 * 2, $0) + attribute(12, [])) }
        let answer = message(16, link + attribute(3, [0x65, 0]) + attribute(22, list))
        let second = read(answer, index: 2).0
        #expect(second?.address.5 == 3 && second?.vlan == 4 && second?.priority == 2)
        #expect(read(answer, index: 0).0?.address.5 == 1)
        #expect(read(answer, index: 3).1 == Errno(rawValue: 61))
        #expect(read(message(16, link), index: 0).0 == nil)
        #expect(read(message(2, [0xa1, 0xff, 0xff, 0xff] + answer.prefix(16)), index: 0).1 == .notSupportedOnSocket)
        #expect(read(message(2, [0, 0, 0, 0] + answer.prefix(16)), index: 0).0 != nil)
        for count in 0..<answer.count where count % 4 == 0 {
            #expect(read(Array(answer[..<count]), index: 2).0 == nil)
        }
    }

    @Test("the text of the journal", arguments: ["02:00:00:00:00:ff 4095 7", "00:00:00:00:00:00 0 0"])
    func text(_ text: String) {
        #expect(VirtualFunctionSettings(text)?.description == text)
        for bad in [
            "", "02:00:00:00:00:ff 4096 0", "02:00:00:00:00:ff 0 8", "02:00:00:00:00 0 0", "02:0:00:00:00:fff 0 0",
        ] {
            #expect(VirtualFunctionSettings(bad) == nil)
        }
    }

    // MARK: Through a rebind

    /// A VF whose PF forgets what the host had set whenever a driver lets it go.
    private func host(forgets: Bool = true) throws -> EngineHost {
        let host = try Scenario.override.host()
        var function = try #require(host.kernel.simulator.function(at: Scenario.address(1)))
        function.physicalFunction = Scenario.address(2)
        let simulator = Simulator(
            functions: [function, Scenario.other], drivers: Array(host.kernel.simulator.drivers.values))
        let virtual = try EngineHost(simulator, host.policies)
        virtual.kernel.settings = [function.address: try VirtualFunctionTests.settings(1, vlan: 5, priority: 3)]
        guard forgets else { return virtual }
        let forgotten = try VirtualFunctionTests.settings(0xff)
        virtual.kernel.after = { kernel, step in
            if step.operation == .unbind { kernel.settings[function.address] = forgotten }
        }
        return virtual
    }

    @Test("they survive a rebind and a release")
    func survive() throws {
        let host = try host()
        let wanted = try VirtualFunctionTests.settings(1, vlan: 5, priority: 3)
        let address = Scenario.address(1)
        #expect(host.apply().map(\.outcome) == [.rebound])
        #expect(host.kernel.settings[address] == wanted)
        #expect(host.state.record(of: address)?.settings == wanted)
        // A guest, or who starts it, sets others meanwhile: the host's come back.
        host.kernel.settings[address] = try VirtualFunctionTests.settings(0x77, vlan: 9)
        #expect(host.release().map(\.outcome) == [.released])
        #expect(host.kernel.settings[address] == wanted)
    }

    @Test("they survive a rebind that fails")
    func undone() throws {
        let host = try host()
        host.kernel.simulator.faults = [.operation(.bind, nil): .inputOutput]
        let outcome = try #require(host.apply().first)
        #expect(outcome.outcome == .failed)
        #expect(
            host.kernel.settings[Scenario.address(1)] == (try VirtualFunctionTests.settings(1, vlan: 5, priority: 3)))
    }

    @Test("killed at any instant, the next release gives them back")
    func killed() throws {
        let host = try host()
        let instants = host.instants { $0.apply() }
        for instant in instants where !instant.files.isEmpty {
            try host.restore(instant)
            host.kernel.settings[Scenario.address(1)] = try VirtualFunctionTests.settings(0xff)
            host.apply()
            host.release()
            let found = host.kernel.settings[Scenario.address(1)]
            #expect(found == (try VirtualFunctionTests.settings(1, vlan: 5, priority: 3)))
        }
    }

    @Test("a PF that takes nothing is named, and the function is rebound all the same")
    func refused() throws {
        let host = try host()
        host.kernel.refusesSettings = true
        let outcome = try #require(host.apply().first)
        #expect(outcome.outcome == .rebound && outcome.error?.contains("MAC") == true)
    }

    @Test("a function that is no VF is not asked about")
    func physical() throws {
        let host = try Scenario.override.host()
        host.kernel.settings = [Scenario.address(1): try VirtualFunctionTests.settings(1)]
        host.apply()
        #expect(host.state.record(of: Scenario.address(1))?.settings == nil)
    }
}
