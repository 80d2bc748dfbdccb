/// The tables of headers `[[a]]`, while their document is read.
final class TOMLTablesBuilder {
    /// Never empty.
    var tables: [TOMLTableBuilder]

    init(_ first: TOMLTableBuilder) { tables = [first] }
}
