import Passthrough
import Testing

@Suite("DriverName")
struct DriverNameTests {
    @Test(
        "takes what can be a folder of sysfs",
        arguments: ["vfio-pci", "mlx5_core", "a", "snd_hda_intel", "sata.nv", "..."])
    func accepts(text: String) throws {
        #expect(try #require(DriverName(text)).description == text)
    }

    @Test(
        "rejects what can be none",
        arguments: [
            ("", "empty"), (".", "the folder itself"), ("..", "the folder above"), ("a/b", "a path"),
            ("vfio pci", "blank"), ("vfio-pci\n", "newline"), ("a\0", "end of a C string"), ("a\u{7f}", "control"),
            (String(repeating: "a", count: 256), "longer than NAME_MAX"),
        ])
    func rejects(text: String, reason: String) {
        #expect(DriverName(text) == nil, Comment(rawValue: reason))
    }

    @Test(
        "knows VFIO's drivers by their names",
        arguments: [
            ("vfio-pci", true), ("mlx5_vfio_pci", true), ("hisi_acc_vfio_pci", true), ("virtio_vfio_pci", true),
            ("mlx4_core", false), ("pci-stub", false), ("vfio", false), ("standin_vfio", false), ("vfiopci", false),
            ("vfio-platform", false),
        ])
    func isVFIO(text: String, expected: Bool) {
        #expect(DriverName(text)?.isVFIO == expected)
    }

    @Test("the module has no dashes")
    func moduleName() {
        #expect(DriverName.vfioPCI.moduleName == "vfio_pci")
        #expect(DriverName("xhci_hcd")?.moduleName == "xhci_hcd")
    }

    @Test("mlx4_core gets more time")
    func timeout() {
        #expect(DriverName("mlx4_core")?.defaultTimeout == 120)
        #expect(DriverName.vfioPCI.defaultTimeout == 30)
    }

    @Test("random bytes never trap")
    func randomBytes() {
        forRandomTexts(alphabet: "vfio-pc_./ \n") { text in
            guard let name = DriverName(text) else { return }
            #expect(!name.text.contains("/") && !name.moduleName.contains("-"))
            _ = name.isVFIO
        }
    }
}
