import SnapshotFiles

/// Writes results in the form that CI systems read, JUnit's XML.
enum JUnitText {
    static func text(_ results: [TestResult]) -> String {
        let failed = results.count { !$0.passed }
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<testsuites><testsuite name=\"vfio-rebind\" tests=\"\(results.count)\" failures=\"\(failed)\">",
        ]
        for result in results {
            let head = "<testcase classname=\"\(escaped(result.test.file))\" name=\"\(escaped(result.test.name))\""
            if result.passed {
                lines.append(head + "/>")
            } else {
                let text = escaped(result.differences.joined(separator: "\n"))
                let first = escaped(result.differences.first ?? "")
                lines.append(head + "><failure message=\"\(first)\">\(text)</failure></testcase>")
            }
        }
        return lines.joined(separator: "\n") + "\n</testsuite></testsuites>\n"
    }

    /// Characters that XML 1.0 has no form for at all are left out.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\u{0}"..."\u{8}", "\u{b}", "\u{c}", "\u{e}"..."\u{1f}", "\u{fffe}", "\u{ffff}": continue
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
