import ArgumentParser
import HostFiles
import JSON
import SystemPackage

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the monitor's state: functions, counters, last errors.",
        usage: "vfio-rebind status [<options>]")

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let root: Root
        do throws(Errno) {
            root = try Root(options.root)
        } catch {
            throw Failure(status: .usage, message: "--root \(options.root): \(error)")
        }
        let known = StatusFile.read(root: root)
        let fields =
            known ?? [
                "pid": .null, "since": .null, "functions": .list([]), "counters": Counters().json,
                "policies": .list([]), "registrations": .list([]),
            ]
        if options.json { return Output.standard(JSONDocument("status", fields).text) }
        Output.standard(known.map(text) ?? "No monitor is running.")
    }

    private func text(_ fields: [String: JSONValue]) -> String {
        let style = Style(options.color)
        let policies = fields["policies"]?.elements.count ?? 0
        var lines = [
            "monitor   pid \(fields["pid"]?.word ?? "?"), since \(fields["since"]?.word ?? "?"), \(policies) policies",
            "counters  "
                + (fields["counters"]?.members ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.word)" }
                .joined(separator: ", "),
        ]
        var table = Table(
            headings: ["ADDRESS", "DRIVER", "STATE", "POLICY", "NEXT TRY", "LAST"], flexible: ["DRIVER", "POLICY"])
        for function in fields["functions"]?.elements.map(\.members) ?? [] {
            let cell = { (key: String) in Table.Cell(function[key]?.word ?? "-") }
            let last = [function["outcome"]?.word, function["error"]?.word].compactMap { $0 }.filter { $0 != "-" }
            table.add([
                cell("address"), cell("driver"), cell("state"), cell("policy"), cell("next_try"),
                Table.Cell(last.isEmpty ? "-" : last.joined(separator: ": "), style.faint),
            ])
        }
        if fields["functions"]?.elements.isEmpty == false {
            lines += table.lines(width: Output.width, heading: style.bold)
        }
        for registration in fields["registrations"]?.elements.map(\.members) ?? [] {
            let word = { (key: String) in registration[key]?.word ?? "-" }
            lines.append(
                "\(word("id")) could not be registered with \(word("driver")): \(word("result")), next try \(word("next_try"))"
            )
        }
        return lines.joined(separator: "\n")
    }
}

extension JSONValue {
    fileprivate var members: [String: JSONValue] { fields ?? [:] }
    fileprivate var elements: [JSONValue] { if case .list(let elements) = self { elements } else { [] } }
    fileprivate var word: String {
        switch self {
        case .text(let text): text
        case .number(let number): "\(number)"
        case .bool(let value): "\(value)"
        default: "-"
        }
    }
}
