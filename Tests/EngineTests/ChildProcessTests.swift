import Glibc
import SystemPackage
import Testing

@testable import Processes

@Suite("Other programs")
struct ChildProcessTests {
    private func shell(_ script: String, keeping stream: ChildProcess.Stream, patience: Int? = nil) -> ChildProcess {
        ChildProcess.run(["/bin/sh", "-c", script], keeping: stream, patience: patience)
    }

    @Test("the exit status, and one stream of the two")
    func streams() {
        let script = "echo out; echo err >&2; exit 3"
        let output = shell(script, keeping: .output)
        #expect(output.ending == .exited(status: 3) && output.text == "out" && !output.hasSucceeded)
        let errors = shell(script, keeping: .errors)
        #expect(errors.summary == "exit status 3: err")
        #expect(shell("", keeping: .output).hasSucceeded)
    }

    @Test("several lines and control characters make one line")
    func lines() {
        let printed = shell("printf ' one\\n\\ntwo\\tthree\\033\\n' >&2; exit 1", keeping: .errors)
        #expect(printed.summary == "exit status 1: one: two three ")
    }

    @Test("only the beginning of much output is kept, and the program does not wait for us")
    func much() {
        let result = shell("yes | head -c 1000000; exit 7", keeping: .output)
        #expect(result.ending == .exited(status: 7) && result.text.utf8.count == 4095)
    }

    @Test("one that kills itself, one that does not end, one that is not there")
    func endings() {
        #expect(shell("kill -TERM $$", keeping: .output).ending == .killed(signal: SIGTERM))
        let late = shell("echo begun; exec sleep 1000", keeping: .output, patience: 200)
        #expect(late.ending == .timedOut)
        #expect(late.summary.hasPrefix("it did not end in time"))
        let none = ChildProcess.run(["/nonexistent/program"], keeping: .errors)
        #expect(none.ending == .notStarted(.noSuchFileOrDirectory))
    }

    @Test("what it leaves behind with its streams is not waited for")
    func daemons() {
        let result = shell("sleep 1000 & echo $!", keeping: .output)
        #expect(result.hasSucceeded)
        if let pid = pid_t(result.text), pid > 1 { kill(pid, SIGKILL) } else { Issue.record("no process: \(result)") }
    }

    @Test("the environment is the same whoever calls, and no signal is ignored or blocked")
    func surroundings() async {
        await #expect(processExitsWith: .success) {
            setenv("MODPROBE_OPTIONS", "--dry-run", 1)
            signal(SIGPIPE, SIG_IGN)
            signal(SIGINT, SIG_IGN)
            var blocked = sigset_t()
            sigemptyset(&blocked)
            sigaddset(&blocked, SIGTERM)
            sigprocmask(SIG_BLOCK, &blocked, nil)
            let shown = ChildProcess.run(["/usr/bin/env"], keeping: .output)
            #expect(shown.text == "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nLC_ALL=C")
            let words = ["/bin/sed", "-nE", "s/^Sig(Blk|Ign):\\s*//p", "/proc/self/status"]
            let masks = ChildProcess.run(words, keeping: .output).text.split(separator: "\n")
            // The C library keeps 32 and 33 for itself.
            #expect(masks.compactMap { UInt64($0, radix: 16) }.map { $0 & 0x7fff_ffff } == [0, 0])
        }
    }
}
