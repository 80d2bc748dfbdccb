/// The driver that a function had before this program rebound it; `name` is nil where it had none.
package struct RecordedDriver: Hashable, Sendable {
    package let name: DriverName?
    package init(_ name: DriverName?) { self.name = name }
}
