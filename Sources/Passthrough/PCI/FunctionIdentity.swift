/// What a function may be known by besides its address and IDs; each is read only where a policy asks for it.
package struct FunctionIdentity: Hashable, Sendable {
    /// The name below `/sys/bus/pci/slots` of the slot that it is plugged into.
    package var slot: String?
    /// PCIe's Device Serial Number; nil where the card has none, or it could not be read.
    package var serialNumber: SerialNumber?
    /// Whether neither the attribute nor the full configuration space could be read, which takes root rights.
    package var isSerialNumberUnknown = false
    /// The kernel's `removable`, which PCI functions have only where firmware says something of their port.
    package var removability: Removability?
    /// zPCI's function ID, on IBM Z (Documentation/arch/s390/pci.rst).
    package var fid: ZPCINumber?
    package var uid: ZPCINumber?
    /// The physical channel ID of the card.
    package var pchid: ZPCINumber?
    /// What a PF says of its VFs; nil for every other function.
    package var virtualFunctions: VirtualFunctionPool?
    /// Whether it is a VF whose PF keeps drivers from it: nothing but an override lets one have it then.
    package var wantsOverride = false

    package init() {}
}
