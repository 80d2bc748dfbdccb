import Passthrough
import SimulatorScripts
import Testing

/// The scripts that the lab runs on a real kernel.
@Suite("Simulator scripts")
struct SimulatorScriptTests {
    private let host: ScriptHost

    init() throws { host = try ScriptHost(description: ScriptHost.standardDescription) }

    @Test("SplitMix64 gives its published numbers")
    func generator() {
        var random = SplitMix64(seed: 1_234_567)
        #expect(
            (0..<5).map { _ in random.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }

    @Test("bytes come back from their escapes")
    func escapes() {
        let all = (0...255).map { UInt8($0) }
        #expect(EscapedBytes.parse(EscapedBytes.text(all)) == all)
        #expect(EscapedBytes.text(Array("a\n\t\r\\\0é".utf8)) == "a\\n\\t\\r\\\\\\000\\303\\251")
        #expect(["\\", "\\x", "\\9", "\\12", "\\777"].allSatisfy { EscapedBytes.parse($0) == nil })
    }

    @Test("lines come back from their operations")
    func lines() {
        for seed in 0..<50 {
            for operation in ScriptGenerator.script(host: host, seed: UInt64(seed)) {
                #expect(ScriptOperation(line: operation.line) == operation)
            }
        }
        #expect(
            ["", "plug", "plug x", "remove 0001:00:00.0", "/sys\t\\q"].allSatisfy { ScriptOperation(line: $0) == nil })
    }

    @Test("the host starts on the drivers that its tables give it")
    func initialState() throws {
        let mlx4 = try #require(DriverName("mlx4_core"))
        let run = ScriptRun(host: host, script: [])
        #expect(run.initial == [.bound(mlx4), .bound(mlx4), .bound(mlx4), .unbound, .unbound, .unbound])
    }

    @Test("a seed gives one script; scripts reach every operation and most errors")
    func coverage() {
        var seen: Set<String> = []
        for seed in 1...300 {
            let script = ScriptGenerator.script(host: host, seed: UInt64(seed))
            #expect(script.count == 20)
            #expect(script == ScriptGenerator.script(host: host, seed: UInt64(seed)))
            for (operation, result) in zip(script, ScriptRun(host: host, script: script).results) {
                let words = operation.line.split(whereSeparator: { "\t /".contains($0) })
                let file = operation.line.hasPrefix("/") ? words.dropFirst(3).first { $0 != "drivers" } : words.first
                let last = operation.line.split(separator: "\t").first?.split(separator: "/").last
                seen.insert("\(last ?? file ?? "") \(result?.rawValue ?? "ok")")
            }
        }
        let wanted = [
            "bind ok", "bind EBUSY", "bind EINVAL", "bind ENODEV", "unbind ok", "unbind ENODEV", "new_id ok",
            "new_id EEXIST", "new_id EINVAL", "remove_id ok", "remove_id ENODEV", "remove_id EINVAL",
            "driver_override ok",
            "driver_override ENOENT", "drivers_probe ok", "drivers_probe ENODEV",
        ]
        #expect(wanted.filter { !seen.contains($0) } == [])
    }

    @Test("what a script did is undone by its cleanup")
    func cleanup() {
        for seed in 1...300 {
            let run = ScriptRun(host: host, script: ScriptGenerator.script(host: host, seed: UInt64(seed)))
            var simulator = run.simulator
            for line in run.cleanup { #expect(simulator.run(line) == nil) }
            #expect(simulator.isInSameState(as: host.simulator))
        }
    }

    @Test("describes hosts, and says which line is wrong")
    func description() throws {
        let host = try ScriptHost(
            description: """
                # three lines
                driver nvme ids=1b36:0010 probe=EAGAIN
                driver late unregistered
                function 0001:00:00.0 1b36:0010 class=010802 header=80 group=3
                function 0001:00:00.1 1b36:0010 pf=0001:00:00.0 absent
                """)
        let simulator = host.simulator
        #expect(simulator.presentFunctions.count == 1)
        #expect(simulator.presentFunctions.first?.driver == nil)
        #expect(simulator.presentFunctions.first?.classCode == ClassCode(0x010802))
        for line in [
            "driver", "driver x y", "function 0001:00:00.0", "function 0001:00:00.0 1b36:0010 group=x", "other",
        ] {
            #expect(throws: ScriptHost.Invalid(line: 2, text: line)) { try ScriptHost(description: "\n" + line) }
        }
    }

    @Test("the word vfio makes a variant driver of any name")
    func variant() throws {
        let variant = try #require(DriverName("standin_vfio"))
        let host = try ScriptHost(description: "driver standin_vfio vfio\nfunction 0001:00:00.0 15b3:1003")
        var simulator = host.simulator
        let address = SimulatedHost.address(0)
        #expect(simulator.run(.setOverride("standin_vfio", of: address)) == nil)
        #expect(simulator.run(.bind(address, to: variant)) == .invalid, "there is no group")
        simulator.allowsNoIOMMU = true
        #expect(simulator.run(.bind(address, to: variant)) == nil)
    }

    @Test("prints a run as one line of JSON")
    func json() throws {
        let address = SimulatedHost.address(0)
        let host = try ScriptHost(description: "driver a ids=15b3:1003\nfunction 0001:00:00.0 15b3:1003")
        let script: [ScriptOperation] = [.write(SysfsPath.driverOverride(address), "\"\n"), .unplug(address)]
        #expect(
            ScriptRun(host: host, script: script, seed: 1).json == #"{"absent":["0001:00:00.0"],"#
                + #""cleanup":["plug 0001:00:00.0"],"drivers":{},"initial":["a"],"overrides":{},"results":["ok","ok"],"#
                + #""script":["/sys/bus/pci/devices/0001:00:00.0/driver_override\u0009\"\\n","unplug 0001:00:00.0"],"#
                + #""seed":1,"states":[["a"],["-"]]}"#)
    }
}
