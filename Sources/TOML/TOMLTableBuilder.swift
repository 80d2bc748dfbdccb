import Passthrough

/// A table while its document is read: later headers and dotted keys may add to it.
final class TOMLTableBuilder {
    /// What made the table, which decides what may add to it.
    enum Origin: Equatable {
        /// A longer header: `a` by `[a.b]`.
        case implied
        /// A header of its own.
        case header
        /// A dotted key of the section with this number; no other section may add keys to it.
        case dotted(section: Int)
    }

    /// Tables of inline tables and arrays are values: nothing adds to them.
    enum Content {
        case node(TOMLNode)
        case table(TOMLTableBuilder)
        case tables(TOMLTablesBuilder)
    }

    private var origin: Origin
    private var position: TOMLPosition
    private var members: [(key: TOMLKey, content: Content)] = []
    private var places: [TOMLKeyBytes: Int] = [:]

    init(_ origin: Origin, at position: TOMLPosition) {
        self.origin = origin
        self.position = position
    }

    /// The table as it is now.
    var table: TOMLTable {
        let members = members.map { key, content in
            let node =
                switch content {
                case .node(let node): node
                case .table(let builder): TOMLNode(.table(builder.table), at: builder.position)
                case .tables(let list):
                    TOMLNode(
                        .array(list.tables.map { TOMLNode(.table($0.table), at: $0.position) }), at: key.position)
                }
            return TOMLTable.Member(key: key.text, position: key.position, node: node)
        }
        return TOMLTable(members, at: position)
    }

    private func content(_ key: TOMLKey) -> Content? { places[TOMLKeyBytes(key.text)].map { members[$0].content } }

    private func add(_ key: TOMLKey, _ content: Content) {
        places[TOMLKeyBytes(key.text)] = members.count
        members.append((key, content))
    }

    private func firstLine(_ key: TOMLKey) -> Int {
        places[TOMLKeyBytes(key.text)].map { members[$0].key.position.line } ?? key.position.line
    }
}

extension TOMLTableBuilder {
    /// The table of a header `[a.b]`.
    func open(_ path: [TOMLKey]) throws(TOMLError) -> TOMLTableBuilder {
        let (parent, key) = try parent(of: path)
        switch parent.content(key) {
        case nil:
            let table = TOMLTableBuilder(.header, at: path[0].position)
            parent.add(key, .table(table))
            return table
        case .table(let table)? where table.origin == .implied:
            table.origin = .header
            table.position = path[0].position
            return table
        case .table(let table)?:
            throw TOMLTableBuilder.error(
                path, "the table \(quoted(path)) is defined twice, first in line \(table.position.line)")
        case .node?, .tables?: throw parent.taken(path, key)
        }
    }

    /// The next table of a header `[[a.b]]`.
    func append(_ path: [TOMLKey]) throws(TOMLError) -> TOMLTableBuilder {
        let (parent, key) = try parent(of: path)
        let table = TOMLTableBuilder(.header, at: path[0].position)
        switch parent.content(key) {
        case nil: parent.add(key, .tables(TOMLTablesBuilder(table)))
        case .tables(let list)?: list.tables.append(table)
        case .node?, .table?: throw parent.taken(path, key)
        }
        return table
    }

    /// Gives a key its value; a dotted one makes the tables on its way, for this section of the document.
    func assign(_ path: [TOMLKey], _ node: TOMLNode, section: Int) throws(TOMLError) {
        var table = self
        for (index, key) in path.dropLast().enumerated() {
            switch table.content(key) {
            case nil:
                let next = TOMLTableBuilder(.dotted(section: section), at: key.position)
                table.add(key, .table(next))
                table = next
            case .table(let next)? where next.origin == .implied || next.origin == .dotted(section: section):
                next.origin = .dotted(section: section)
                table = next
            case .table(let next)?:
                let name = quoted(Array(path[...index]))
                throw TOMLTableBuilder.error(
                    path, "the table \(name) is defined in line \(next.position.line); its keys must stand there")
            case .node?, .tables?: throw table.taken(Array(path[...index]), key)
            }
        }
        let key = path[path.count - 1]
        guard table.content(key) == nil else {
            let line = table.firstLine(key)
            throw TOMLTableBuilder.error([key], "the key \(quoted(path)) is given twice, first in line \(line)")
        }
        table.add(key, .node(node))
    }

    /// The table that a header's last part belongs to, and that part.
    private func parent(of path: [TOMLKey]) throws(TOMLError) -> (TOMLTableBuilder, TOMLKey) {
        var table = self
        for (index, key) in path.dropLast().enumerated() {
            switch table.content(key) {
            case nil:
                let next = TOMLTableBuilder(.implied, at: path[0].position)
                table.add(key, .table(next))
                table = next
            case .table(let next)?: table = next
            case .tables(let list)?: table = list.tables[list.tables.count - 1]
            case .node?: throw table.taken(Array(path[...index]), key)
            }
        }
        return (table, path[path.count - 1])
    }

    private func taken(_ path: [TOMLKey], _ key: TOMLKey) -> TOMLError {
        TOMLTableBuilder.error(path, "\(quoted(path)) has another value already, from line \(firstLine(key))")
    }

    private func quoted(_ path: [TOMLKey]) -> String { MessageText.quoted(path.path) }

    private static func error(_ path: [TOMLKey], _ reason: String) -> TOMLError {
        TOMLError(at: path[0].position, reason)
    }
}
