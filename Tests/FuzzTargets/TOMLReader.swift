import TOML

struct TOMLReader: FuzzReader {
    func complaint(_ bytes: [UInt8]) -> String? {
        do throws(TOMLError) {
            let root = try TOMLDocument(bytes).root
            return complaint(.table(root), lines: 1 + bytes.count { $0 == UInt8(ascii: "\n") })
        } catch {
            let place = error.position
            return error.reason.isEmpty || place.line < 1 || place.column < 1 ? "an error without reason or place" : nil
        }
    }

    /// Every place lies in the document, and no table has a key twice.
    private func complaint(_ value: TOMLValue, lines: Int) -> String? {
        let nodes: [TOMLNode]
        switch value {
        case .array(let list): nodes = list
        case .table(let table):
            let keys = Set(table.members.map { Array($0.key.utf8) })
            if keys.count != table.members.count { return "a key is in a table twice" }
            if !table.members.allSatisfy({ isInside($0.position, lines) }) { return "the place of a key is outside" }
            nodes = table.members.map(\.node)
        default: return nil
        }
        for node in nodes {
            if !isInside(node.position, lines) { return "the place of a value is outside" }
            if let found = complaint(node.value, lines: lines) { return found }
        }
        return nil
    }

    private func isInside(_ place: TOMLPosition, _ lines: Int) -> Bool {
        (1...lines).contains(place.line) && place.column > 0
    }
}
