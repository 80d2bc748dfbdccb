/// Where a module is.
package enum ModulePlace: String, Sendable, CaseIterable {
    case builtIn = "built_in"
    case loadable, loaded
}
