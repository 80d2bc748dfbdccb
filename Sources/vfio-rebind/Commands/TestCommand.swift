import ArgumentParser
import HostFiles
import JSON
import Passthrough
import SnapshotFiles
import SystemPackage

struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Run test cases for policies.",
        usage: """
            vfio-rebind test [<options>] <file> ...
            vfio-rebind test --init [<options>]
            """,
        discussion: "A case names a function, made up or from a snapshot, and the decision that is expected for it.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var source: SnapshotOption

    @Flag(name: .customLong("init"), help: "Print test cases with this host's current decisions, for editing.")
    var writesCases = false

    @Option(help: ArgumentHelp("Also write the results as JUnit XML.", valueName: "file"))
    var junit: String?

    @Argument(help: ArgumentHelp("Test files.", valueName: "file"))
    var files: [String] = []

    func validate() throws {
        if writesCases != files.isEmpty {
            throw ValidationError(writesCases ? "--init takes no files" : "name test files, or use --init")
        }
        if writesCases, options.json { throw ValidationError("--init prints TOML and excludes --json") }
    }

    func run() throws {
        let session = try Session(options, writes: false, snapshot: source.snapshot)
        if writesCases { return Output.standard(Array(try TestText(session.captured()).text.utf8)) }
        var runner = TestRunner(session)
        var results: [TestResult] = []
        for test in try TestRunner.cases(files) { results.append(try runner.result(of: test)) }
        if let junit { try write(JUnitText.text(results), to: junit) }
        let failed = results.count { !$0.passed }
        Output.standard(options.json ? document(results, failed).text : text(results, failed))
        if failed > 0 { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private func write(_ text: String, to path: String) throws(Failure) {
        do throws(Errno) {
            try Root.host.replace(path, Array(text.utf8))
        } catch {
            throw Failure(status: .failed, message: "writing \(path): \(error)")
        }
    }

    private func document(_ results: [TestResult], _ failed: Int) -> JSONDocument {
        JSONDocument(
            "test",
            [
                "cases": .list(results.map(\.json)), "passed": .number(results.count - failed),
                "failed": .number(failed),
            ])
    }

    private func text(_ results: [TestResult], _ failed: Int) -> String {
        let style = Style(options.color)
        var lines: [String] = []
        for result in results {
            let word = result.passed ? style.good("ok") + "    " : style.bad("FAIL") + "  "
            let file = files.count > 1 ? style.faint("  \(result.test.file)") : ""
            lines.append("\(word)\(result.test.name.printable)\(file)")
            if !result.passed { lines += result.differences.map { "        \($0)" } }
        }
        return (lines + ["\(results.count - failed) passed, \(failed) failed"]).joined(separator: "\n")
    }
}
