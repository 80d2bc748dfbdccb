/// How a function shows or takes what the user of the host sees and types.
package enum ConsoleRole: Hashable, Sendable {
    case bootDisplay
    case screen(connector: String)
    case framebuffer(String)
    case kernelConsole(String)
}
