import Glibc
import Host
import HostFiles
import Passthrough
import PolicyFiles

/// The first check of an event of udev: nearly all events concern no policy, and cost only this check.
///
/// No dictionary, set or option of the argument parser is used here: the first use of such a type searches every conformance of
/// the program.
enum QuickLook {
    /// What it tells.
    enum Finding {
        /// Nobody wants the function, or it is where the policies want it.
        case nothingToDo
        /// It has to be looked at.
        case unknown(hasIndex: Bool)
    }

    /// Looks where the call is udev's: `handle`, with or without `--root DIR`.
    static func look(_ arguments: [String]) -> Finding {
        guard let path = root(arguments), let root = try? Root(path), !root.isHost || geteuid() == 0,
            let event = try? Uevent({ name in getenv(name).map { String(cString: $0) } }),
            let index = PolicyIndex(root: root)
        else { return .unknown(hasIndex: false) }
        guard event.action == .add || event.action == .bind || event.action == .change,
            index.mayConcern(event, root: root, functionAt: { HostReader(root: root).identity(at: $0) })
        else { return .nothingToDo }
        let isSettled = SettledGroup(root: root, policies: index.fingerprint).isSettled(event.address)
        return isSettled ? .nothingToDo : .unknown(hasIndex: true)
    }

    private static func root(_ words: [String]) -> String? {
        if words.count == 1, words[0] == "handle" { return "/" }
        guard words.count == 3 else { return nil }
        if words[0] == "handle", words[1] == "--root" { return words[2] }
        return words[0] == "--root" && words[2] == "handle" ? words[1] : nil
    }
}
