/// What keeps a network namespace: a process, or a file that it is mounted on (ip-netns(8)).
package enum NamespaceKeeper: Hashable, Sendable {
    case process(pid: Int, command: String)
    case file(String)
}
