/// What differs on a function from what this program left there: another manager changed it since.
package struct Drift: Hashable, Sendable {
    /// Facts as recorded and as found, each a clause.
    package let differences: [String]

    /// The word of `release --override` that goes on all the same.
    package static let word = "drift"

    /// nil where nothing differs that a release would overwrite.
    ///
    /// A function on its native driver, or on none, is taken from nobody. Of a run that did not end nobody knows which of its writes were
    /// made, so its overrides say nothing.
    package init?(of function: PCIFunction, from record: FunctionRecord) {
        var differences: [String] = []
        func compare(_ name: String, _ recorded: String?, _ found: String?) {
            differences.append("\(name) is \(found ?? "none") and was \(recorded ?? "none")")
        }
        if let driver = function.driver, driver != record.target, driver != record.nativeDriver {
            compare("driver", record.target.text, driver.text)
        }
        if record.phase == .rebound, !record.accepts(override: function.driverOverride) {
            compare("driver_override", record.overrideLeft, function.driverOverride)
        }
        if function.id != record.id { compare("id", record.id.description, function.id.description) }
        guard !differences.isEmpty else { return nil }
        self.differences = differences
    }

    /// Everything that differs, and the command that goes on.
    package func reason(_ address: PCIAddress, native: DriverName?) -> String {
        "changed by another program since: \(differences.joined(separator: ", ")); "
            + "`vfio-rebind release --override \(Drift.word) \(address)` brings \(native?.text ?? "no driver") back all the same"
    }
}

extension FunctionRecord {
    /// The override that this program left.
    fileprivate var overrideLeft: String? {
        guard overrideWritten else { return nativeOverride }
        return method == .driverOverride ? target.text : nil
    }

    /// Whether an override is one that this program left or found: `new_id` lets one that names its driver be.
    fileprivate func accepts(override: String?) -> Bool {
        override == overrideLeft || override == nativeOverride || overrideWritten && override == target.text
    }
}
