/// The kind of evidence: what advice depends on, and what files keep beside the text.
package enum EvidenceKind: String, Sendable, CaseIterable {
    // storage
    case mounted, swap, array, bcache, encrypted, pool
    case bootReference = "boot-reference"
    case awaitedDisk = "awaited-disk"
    case loopDevice = "loop-device"
    case volumeGroup = "volume-group"
    case heldDisk = "held-disk"
    case inactiveMember = "inactive-member"
    // network
    case address, member, namespace
    case defaultRoute = "default-route"
    case upperInterface = "upper-interface"
    case hiddenInterfaces = "hidden-interfaces"
    // console
    case screen, framebuffer
    case bootDisplay = "boot-display"
    case kernelConsole = "kernel-console"
    // open, in-use
    case process, session, enabled
    case unknownHolder = "unknown-holder"
    // libvirt
    case libvirt, unreadable
    // bridge, target, iommu, vfs, below, siblings, identity
    case bridge, below, bystander, identity
    case driverMissing = "driver-missing"
    case nameOfModule = "name-of-module"
    case denyList = "deny-list"
    case unknownVariants = "unknown-variants"
    case noGroup = "no-iommu-group"
    case noIOMMUMode = "no-iommu-mode"
    case virtualFunctions = "virtual-functions"
    // group
    case memberOfHost = "member-of-host"
    case memberRefused = "member-refused"
    case memberIgnored = "member-ignored"
    case memberHeld = "member-held"
    case memberInUse = "member-in-use"
    case memberUnnamed = "member-unnamed"
    case bridgeDriver = "bridge-driver"
    // any
    case more, remembered
    case needsRoot = "needs-root"
}
