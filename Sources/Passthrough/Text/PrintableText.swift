extension Unicode.Scalar {
    /// Whether it may be shown to a terminal as it is: no control character, line separator or mark of direction.
    package var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse: false
        default: true
        }
    }
}

extension String {
    /// The text on one line, with what a terminal would act upon as escapes: names of mounts and files are of anybody's making.
    package var printable: String {
        if utf8.allSatisfy({ (0x20...0x7e).contains($0) }) { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.isPrintable {
                text.unicodeScalars.append(scalar)
            } else {
                text += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
    }
}
