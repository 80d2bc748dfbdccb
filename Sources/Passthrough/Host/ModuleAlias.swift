/// One line of `modules.alias`: what the module is for.
package struct ModuleAlias: Hashable, Sendable {
    /// `vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i*`.
    package let pattern: String
    package let module: String

    package init(pattern: String, module: String) {
        self.pattern = pattern
        self.module = module
    }
}
