import CExpat

/// A file of libvirt: a definition, or the state of a running domain, which contains the definition.
package struct LibvirtDocument {
    /// nil for a document that is neither a domain nor a network.
    package let object: LibvirtObject?

    /// Where a document ends unexpectedly.
    package struct Damage: Error, Hashable, CustomStringConvertible {
        package let line: Int
        package let reason: String

        package var description: String { "line \(line): \(reason)" }
    }

    /// Reads a whole document. External entities are not loaded; expat itself ends entities that grow beyond measure.
    package init(_ bytes: [UInt8]) throws(Damage) {
        guard let parser = XML_ParserCreate(nil) else { throw Damage(line: 0, reason: "no memory") }
        defer { XML_ParserFree(parser) }
        let reader = LibvirtReader()
        let status = withExtendedLifetime(reader) {
            XML_SetUserData(parser, Unmanaged.passUnretained(reader).toOpaque())
            XML_SetElementHandler(parser, LibvirtDocument.start, LibvirtDocument.end)
            XML_SetCharacterDataHandler(parser, LibvirtDocument.text)
            return bytes.withUnsafeBytes {
                XML_Parse(parser, $0.bindMemory(to: CChar.self).baseAddress, Int32(clamping: bytes.count), 1)
            }
        }
        guard status == XML_STATUS_OK else {
            let reason = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "not well-formed"
            throw Damage(line: Int(XML_GetCurrentLineNumber(parser)), reason: reason)
        }
        if let damage = reader.damage {
            throw Damage(line: Int(XML_GetCurrentLineNumber(parser)), reason: damage)
        }
        object = reader.object
    }

    private static let start: XML_StartElementHandler = { data, name, attributes in
        guard let data, let name else { return }
        var values: [String: String] = [:]
        var next = attributes
        while let at = next, let key = at[0], let value = at[1] {
            values[String(cString: key)] = String(cString: value)
            next = at + 2
        }
        Unmanaged<LibvirtReader>.fromOpaque(data).takeUnretainedValue().start(String(cString: name), values)
    }

    private static let end: XML_EndElementHandler = { data, _ in
        guard let data else { return }
        Unmanaged<LibvirtReader>.fromOpaque(data).takeUnretainedValue().end()
    }

    private static let text: XML_CharacterDataHandler = { data, characters, count in
        guard let data, let characters else { return }
        let bytes = UnsafeRawBufferPointer(start: characters, count: Int(count))
        let text = String(decoding: bytes, as: UTF8.self)
        Unmanaged<LibvirtReader>.fromOpaque(data).takeUnretainedValue().text(text)
    }
}
