import Advice
import Passthrough
import Testing

@Suite struct BootExportTests {
    private func ids(_ count: UInt16) -> [PCIID] { (0..<count).map { PCIID(vendor: 0x15b3, device: $0) } }

    @Test func theModuleReads1023Characters() {
        #expect(BootExport(ids: ids(102), nativeModules: []).list.utf8.count == 1019)
        #expect(!BootExport(ids: ids(102), nativeModules: []).isTooLong)
        #expect(BootExport(ids: ids(103), nativeModules: []).isTooLong)
    }

    @Test func nativeModulesWait() {
        let text = BootExport(ids: ids(1), nativeModules: ["mlx4_core", "mlx5_core"]).modprobe()
        #expect(text.hasSuffix("ids=15b3:0000\nsoftdep mlx4_core pre: vfio-pci\nsoftdep mlx5_core pre: vfio-pci"))
    }

    @Test func theCommandLineHasOnlyWhatIsNeeded() {
        #expect(BootExport(ids: [], nativeModules: []).commandLine(iommuWords: ["intel_iommu=on"]) == "intel_iommu=on")
        #expect(BootExport(ids: ids(1), nativeModules: []).commandLine(iommuWords: []) == "vfio_pci.ids=15b3:0000")
    }

    @Test(
        arguments: [
            (Processor.intel, [], ["intel_iommu=on"], []), (.intel, ["intel_iommu=on"], [], []),
            (.intel, ["intel_iommu=off"], ["intel_iommu=on"], ["intel_iommu=off"]),
            (.amd, ["amd_iommu=off"], [], ["amd_iommu=off"]),
            (.ibmZ, [], [], []), (.arm, [], [], []),
        ] as [(Processor, [String], [String], [String])])
    func wordsForTheIOMMU(_ processor: Processor, _ words: [String], _ missing: [String], _ wrong: [String]) {
        var surroundings = Surroundings()
        surroundings.processor = processor
        surroundings.kernelWords = words
        let advice = IOMMUAdvice(surroundings)
        #expect(advice.words == missing && advice.obstacles == wrong)
    }
}
