import Advice
import ArgumentParser
import JSON
import Passthrough
import PolicyFiles

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check the host and the policies; report problems and how to fix them.",
        usage: "vfio-rebind check [<options>]")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var source: SnapshotOption

    func run() throws {
        let session = try Session(options, writes: false, snapshot: source.snapshot, reportsErrors: true)
        let isValid = session.load.errors.isEmpty
        let plan: HostPlan?
        let snapshot: HostSnapshot
        if isValid {
            (plan, snapshot) = try session.plan(PlanRequest())
        } else {
            (plan, snapshot) = (nil, try session.functions())
        }
        let checkup = Checkup(session.source.surroundings, snapshot, session.policies, plan)
        var findings = settings(session)
        findings += checkup.findings(
            policyErrors: session.load.errors.map(\.description),
            policyWarnings: session.load.warnings.map(\.description),
            damaged: session.source.damagedRecords)
        if options.json {
            Output.standard(JSONDocument.check(findings).text)
        } else {
            Output.standard(findings.map { text($0, Style(options.color)) }.joined(separator: "\n"))
        }
        if findings.contains(where: { $0.severity == .error }) { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    /// What is wrong with the monitor's settings; a snapshot has none.
    private func settings(_ session: Session) -> [Finding] {
        guard source.snapshot == nil else { return [] }
        let load = SettingsLoad(root: session.root, strict: false)
        guard !load.errors.isEmpty else { return [] }
        return [
            Finding(
                "settings-invalid", .error, "the settings of the monitor are invalid; it does not start",
                evidence: load.errors.map(\.description),
                fix: "correct \(MonitorSettings.path); vfio-rebind.toml(5) describes the keys")
        ]
    }

    /// A line a finding, and below it what it was seen by and what mends it.
    private func text(_ finding: Finding, _ style: Style) -> String {
        let severity =
            switch finding.severity {
            case .error: style.bad("error  ")
            case .warning: style.careful("warning")
            case .info: "info   "
            }
        let width = min(Output.width ?? 80, 100)
        var lines = Paragraph.lines("\(finding.id): \(finding.message)", width: width - 9, indent: 9)
        lines[0] = "\(severity)  \(style.bold(finding.id))\(lines[0].dropFirst(9 + finding.id.count))"
        for sentence in finding.evidence { lines += Paragraph.lines(sentence, width: width - 13, indent: 13) }
        if let fix = finding.fix {
            var advice = Paragraph.lines(fix, width: width - 13, indent: 13)
            advice[0] = "         fix \(advice[0].dropFirst(13))"
            lines += advice
        }
        return lines.joined(separator: "\n")
    }
}

extension JSONDocument {
    fileprivate static func check(_ findings: [Finding]) -> JSONDocument {
        JSONDocument(
            "check",
            [
                "findings": .list(
                    findings.map {
                        .object([
                            "id": .text($0.id), "severity": .text($0.severity.rawValue), "message": .text($0.message),
                            "evidence": .texts($0.evidence), "fix": .text($0.fix),
                        ])
                    })
            ])
    }
}
