import LibvirtXML
import Passthrough

struct LibvirtFileReader: FuzzReader {
    func complaint(_ bytes: [UInt8]) -> String? {
        do throws(LibvirtDocument.Damage) {
            guard let object = try LibvirtDocument(bytes).object else { return nil }
            return object.managed.allSatisfy { $0.function < 8 } ? nil : "an address that is none"
        } catch {
            return error.description.isEmpty ? "an error without words" : nil
        }
    }
}
