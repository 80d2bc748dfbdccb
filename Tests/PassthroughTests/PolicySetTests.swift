import Passthrough
import Testing

private typealias Host = PlannerHost

@Suite("Policy sets")
struct PolicySetTests {
    @Test("the index gives the policy that a walk over all would give")
    func sameAsWalk() {
        var random = SystemRandomNumberGenerator()
        let ids = (0..<4).map { PCIID(vendor: 0x1000, device: UInt16($0)) }
        for _ in 0..<300 {
            let policies = (0..<8).map { number in policy(number, ids, &random) }
            let set = PolicySet(policies)
            for device in 0..<4 {
                for id in ids {
                    let function = Host.card(UInt8(device), id: id)
                    let walked = policies.first { $0.firstMismatch(function) == nil }
                    #expect(set.first(for: function)?.name == walked?.name)
                }
            }
        }
    }

    private func policy(_ number: Int, _ ids: [PCIID], _ random: inout SystemRandomNumberGenerator) -> Policy {
        var match = Match()
        let kind = Int.random(in: 0..<6, using: &random)
        let id = ids[Int.random(in: 0..<4, using: &random)]
        let address = Host.address(UInt8.random(in: 0..<4, using: &random))
        if [0, 3].contains(kind) { match.ids = [IDPattern(id), IDPattern(ids[0])] }
        if [1, 3].contains(kind) { match.addresses = [.exact(address)] }
        if kind == 2 { match.ids = IDPattern("1000:*").map { [$0, IDPattern(id)] } }
        if kind == 4 { match.classes = ClassPrefix("02").map { [$0] } }
        if kind == 5 { match.addresses = AddressPattern("0000:01:0[12].?").map { [$0, .exact(address)] } }
        let except = Bool.random(using: &random) ? Match(addresses: [.exact(address)]) : nil
        return Policy(name: "p\(number)", match: match, except: except)
    }

    @Test("what lasts of the policies matches whatever they may match once drivers and links are others")
    func lasting() {
        var match = Match(ids: [IDPattern(Host.mellanox)], drivers: DriverPattern("e1000e").map { [$0] })
        match.slots = ["3"]
        match.numaNodes = [1]
        let byDriver = Policy(name: "by-driver", match: match, except: Match(ids: [IDPattern(Host.mellanox)]))
        let function = Host.card(1, id: Host.mellanox)
        #expect(PolicySet([byDriver]).first(for: function) == nil)
        #expect(PolicySet([byDriver]).lasting.first(for: function)?.name == "by-driver")
        #expect(PolicySet([byDriver]).lasting.first(for: Host.card(1, id: PCIID(vendor: 1, device: 2))) == nil)
        let ofVirtual = Policy(name: "virtual", match: Match(roles: [.virtual]))
        #expect(PolicySet([ofVirtual]).lasting.first(for: function)?.name == "virtual")
    }

    @Test("no policies, no match")
    func empty() { #expect(PolicySet([]).first(for: Host.card(1)) == nil) }
}
