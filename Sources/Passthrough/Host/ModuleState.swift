/// How a module is there: it decides which configuration is read for it.
package enum ModuleState: String, Sendable, CaseIterable {
    /// `modules.builtin` names it: only the kernel's own command line reaches its parameters.
    case builtIn = "built_in"
    case loaded
    /// modprobe(8) finds it; parameters come from modprobe.d and, read by modprobe too, from the kernel's command line.
    case loadable
    case missing
}
