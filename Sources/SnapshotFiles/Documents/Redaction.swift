package import Passthrough

/// Takes addresses of networks, MACs and serial numbers out of texts.
package enum Redaction {
    static let mark = "(redacted)"

    /// The text with every word replaced that is an IPv4 or IPv6 address, a MAC, an EUI-64, a device's name by its id, or the value of a
    /// key that is about serial numbers, machines' ids or passwords (`ENV{ID_SERIAL_SHORT}=="…"`, `"serialNumber":"…"`).
    ///
    /// PCI addresses and ids stay: what has five colons or more, or two in a row, is none of them.
    package static func text(_ text: String) -> String {
        var result = ""
        var word = ""
        /// Whether the last word was such a key, and whether something of `=` or `:` came since.
        var key = (isSecret: false, isOver: false)
        func end() {
            guard word.contains(where: { $0.isLetter || $0.isNumber }) else {
                if word.contains(":") { key.isOver = true }
                result += word
                return word = ""
            }
            result += key.isSecret && key.isOver ? mark : redacted(word)
            let small = word.lowercased()
            key = (secretKeys.contains { small.contains($0) }, word.hasSuffix(":"))
            word = ""
        }
        for character in text {
            if character.isASCII, character.isLetter || character.isNumber || ":.-_/".contains(character) {
                word.append(character)
            } else {
                end()
                if character == "=" { key.isOver = true }
                result.append(character)
            }
        }
        end()
        return result
    }

    private static let secretKeys = ["serial", "passw", "secret", "token", "machine_id", "machine-id", "initiator"]

    private static func redacted(_ word: String) -> String {
        for kind in ["enx", "wlx", "wwx"] where word.hasPrefix(kind) && word.dropFirst(3).allSatisfy(\.isHexDigit) {
            // systemd.net-naming-scheme(7): the MAC address stands in the name.
            if word.count == 15 { return kind + mark }
        }
        if let range = byID(word) { return word[..<range] + mark }
        // `192.0.2.1/24` and `ip=192.0.2.1::192.0.2.254`: the parts between slashes are looked at on their own.
        return word.split(separator: "/", omittingEmptySubsequences: false).map { part in
            isSecret(part) ? mark : String(part)
        }.joined(separator: "/")
    }

    private static func byID(_ word: String) -> String.Index? {
        for place in ["/dev/disk/by-id/", "/dev/mapper/by-id/"] where word.hasPrefix(place) {
            return word.index(word.startIndex, offsetBy: place.count)
        }
        return nil
    }

    private static func isSecret(_ word: Substring) -> Bool {
        let groups = word.split(separator: ":", omittingEmptySubsequences: false)
        if groups.contains(where: isIPv4) { return true }
        // A MAC or EUI-64 without colons, an IPv6 address or the id of a machine in full.
        if [12, 16, 32].contains(word.count), word.allSatisfy(\.isHexDigit) { return true }
        // `ifname=eth0:52:54:00:12:34:56`
        let octets = groups.reversed().prefix { $0.count == 2 && $0.allSatisfy(\.isHexDigit) }
        if octets.count >= 6 { return true }
        let areHexadecimal = groups.dropLast().allSatisfy { $0.count <= 4 && $0.allSatisfy(\.isHexDigit) }
        if groups.count > 2, areHexadecimal, groups.count >= 6 || word.contains("::") { return true }
        let dashed = word.split(separator: "-", omittingEmptySubsequences: false)
        return dashed.count >= 6 && dashed.allSatisfy { $0.count == 2 && $0.allSatisfy(\.isHexDigit) }
    }

    private static func isIPv4(_ word: Substring) -> Bool {
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { (1...3).contains($0.count) && UInt8($0) != nil }
    }
}

extension HostCapture {
    /// The same without addresses of networks and serial numbers, in evidence and lines of configuration too.
    package var redacted: HostCapture {
        var copy = self
        copy.isRedacted = true
        let functions = snapshot.functions.map { function in
            var function = function
            if function.identity.serialNumber != nil { function.identity.isSerialNumberUnknown = true }
            function.identity.serialNumber = nil
            return function
        }
        copy.snapshot = snapshot.replacing(functions)
        copy.snapshot.uses = snapshot.uses.mapValues { findings in
            findings.mapValues { finding in
                finding.replacing(finding.evidence.map { .recorded(Redaction.text($0.text), $0.kind) })
            }
        }
        copy.snapshot.records = snapshot.records.mapValues { record in
            var record = record
            record.note = Redaction.text(record.note)
            return record
        }
        copy.history = history.mapValues { entries in
            entries.map {
                HistoryEntry(time: $0.time, what: Redaction.text($0.what), result: Redaction.text($0.result))
            }
        }
        copy.stuck = stuck.mapValues(Redaction.text)
        copy.surroundings = surroundings.flatMap { surroundings in
            try? SurroundingsNode.surroundings(SurroundingsNode.node(surroundings).mapTexts(Redaction.text))
        }
        return copy
    }
}
