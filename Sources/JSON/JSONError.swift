/// What is wrong with a document, and where in it: `12:5`, line and column, or `functions[3].iommu_group`.
package struct JSONError: Error, Hashable, CustomStringConvertible {
    package let place: String
    package let reason: String

    package init(_ place: String, _ reason: String) {
        self.place = place
        self.reason = reason
    }

    /// The same below a key or an entry.
    package func below(_ outer: String) -> JSONError {
        JSONError(place.isEmpty ? outer : place.hasPrefix("[") ? outer + place : "\(outer).\(place)", reason)
    }

    package var description: String { place.isEmpty ? reason : "\(place): \(reason)" }
}
