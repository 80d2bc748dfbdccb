import HostFiles
import Testing

@testable import PolicyFiles

@Suite("Settings")
struct SettingsLoadTests {
    private func load(_ text: String?) throws -> SettingsLoad {
        let tree = try TemporaryTree()
        let root = try tree.root()
        if let text { try tree.file("etc/vfio-rebind/vfio-rebind.toml", text) }
        return withExtendedLifetime(tree) { SettingsLoad(root: root, strict: true) }
    }

    @Test("no file and an empty file leave the defaults", arguments: [nil, "", "# nothing\n"])
    func defaults(_ text: String?) throws {
        let load = try load(text)
        #expect(load.errors.isEmpty && load.settings == MonitorSettings())
        #expect(load.settings.workers == 64 && !load.settings.releaseOnPolicyRemoval)
    }

    @Test("every key")
    func everyKey() throws {
        let load = try load(
            "workers = 8\nreceive_buffer = 4096\nreload_delay = 0\nrelease_on_policy_removal = true\nlog_level = \"error\"\n"
        )
        var wanted = MonitorSettings()
        (wanted.workers, wanted.receiveBuffer, wanted.reloadDelay) = (8, 4096, 0)
        (wanted.releaseOnPolicyRemoval, wanted.logLevel) = (true, .error)
        #expect(load.errors.isEmpty && load.settings == wanted)
    }

    @Test(
        "what is wrong is named with its place",
        arguments: [
            ("worker = 8\n", ":1: worker: unknown key; did you mean \"workers\"?"),
            ("\nworkers = \"8\"\n", ":2: workers: must be an integer, a number from 1 to 1024, not a string"),
            ("workers = 0\n", ":1: workers: 0: must be a number from 1 to 1024"),
            (
                "release_on_policy_removal = \"yes\"\n",
                ":1: release_on_policy_removal: must be true or false, without quotes, not a string"
            ),
            (
                "[[policy]]\nname = \"a\"\n",
                ":1: policy: unknown key; policies belong into files of /etc/vfio-rebind/policy.d"
            ),
        ])
    func rejected(_ text: String, _ message: String) throws {
        #expect(try load(text).errors.map(\.description) == [MonitorSettings.path + message])
    }

    @Test("a wrong choice, half a file and bytes that are no text are errors")
    func broken() throws {
        let choice = try load("log_level = \"warnin\"\n").errors.map(\.description)
        #expect(choice.count == 1 && choice[0].contains("did you mean \"warning\"?"))
        let half = try load("workers = 8\nlog_level = \"er").errors
        #expect(half.count == 1 && half[0].line == 2)
    }

    @Test("a file that others may write is refused")
    func trust() throws {
        let tree = try TemporaryTree()
        try tree.file("etc/vfio-rebind/vfio-rebind.toml", "workers = 8\n", mode: 0o666)
        let root = try tree.root()
        let load = withExtendedLifetime(tree) { SettingsLoad(root: root, strict: true) }
        #expect(load.errors.count == 1 && load.settings.workers == 64)
    }
}
