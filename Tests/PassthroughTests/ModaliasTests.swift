import Passthrough
import Testing

@Suite("The kernel's modalias")
struct ModaliasTests {
    @Test("says ids and class, and reads as it prints")
    func roundTrip() throws {
        let text = "pci:v000015B3d00001003sv00008086sd0000A01Fbc02sc0Ai7F"
        let modalias = try #require(Modalias(text))
        #expect(modalias.id == PCIID(vendor: 0x15b3, device: 0x1003))
        #expect(modalias.subsystem == PCIID(vendor: 0x8086, device: 0xa01f))
        #expect(modalias.classCode == ClassCode(0x020a7f) && modalias.description == text)
        for number in 0..<64 {
            let any = Modalias(
                id: PCIID(vendor: .random(in: 0...0xfffe), device: .random(in: 0...0xffff)),
                subsystem: number % 2 == 0 ? nil : PCIID(vendor: .random(in: 0...0xffff), device: 0xabcd),
                classCode: ClassCode(.random(in: 0...0xff_ffff)))
            #expect(Modalias(any.description) == any, "\(any)")
        }
    }

    @Test(
        "nothing else is one",
        arguments: [
            "", "pci:", "pci:v000015B3d00001003", "pci:v000015B3d00001003sv*sd*bc*sc*i*",
            "pci:v000115B3d00001003sv00008086sd0000A01Fbc02sc00i00",
            "pci:v000015B3d00001003sv00008086sd0000A01Fbc02sc00i000",
            "pci:v000015B3d00001003sv00008086sd0000A01Fbc02sc00i0",
            "pci:v000015B3d00001003sv00008086sd0000A01Fbc02sc00i0g",
            "usb:v000015B3d00001003sv00008086sd0000A01Fbc02sc00i00",
            "pci:v+00015B3d00001003sv00008086sd0000A01Fbc02sc00i00",
        ])
    func others(text: String) { #expect(Modalias(text) == nil) }
}
