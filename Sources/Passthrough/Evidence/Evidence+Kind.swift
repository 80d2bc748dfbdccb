extension Evidence {
    /// What programs and advice go by; nil where only a text is known.
    package var kind: EvidenceKind? {
        switch self {
        case .disk(_, let use): use.kind
        case .awaitedDisk: .awaitedDisk
        case .interface(_, let use): use.kind
        case .hiddenInterfaces: .hiddenInterfaces
        case .console(let role): role.kind
        case .open(_, let process): process.isSessionManager ? .session : .process
        case .enabled: .enabled
        case .enabledByNobody: .unknownHolder
        case .libvirt: .libvirt
        case .unreadable: .unreadable
        case .bridge: .bridge
        case .driver(let obstacle): obstacle.kind
        case .iommu(.noGroup): .noGroup
        case .iommu(.noIOMMUMode): .noIOMMUMode
        case .virtualFunctions: .virtualFunctions
        case .below: .below
        case .groupMember(_, let obstacle): obstacle.kind
        case .bystander: .bystander
        case .more: .more
        case .replaced: .identity
        case .needsRoot: .needsRoot
        case .remembered: .remembered
        case .recorded(_, let kind): kind
        }
    }
}

extension DiskUse {
    fileprivate var kind: EvidenceKind {
        switch self {
        case .mounted, .btrfs, .overlay: .mounted
        case .swap, .swapFile: .swap
        case .named: .bootReference
        case .loop, .loopFile: .loopDevice
        case .array: .array
        case .bcache: .bcache
        case .encrypted: .encrypted
        case .held: .heldDisk
        case .volumeGroup: .volumeGroup
        case .pool: .pool
        case .inactive: .inactiveMember
        }
    }
}

extension InterfaceUse {
    fileprivate var kind: EvidenceKind {
        switch self {
        case .defaultRoute: .defaultRoute
        case .address: .address
        case .member: .member
        case .lower: .upperInterface
        case .elsewhere: .namespace
        }
    }
}

extension ConsoleRole {
    fileprivate var kind: EvidenceKind {
        switch self {
        case .bootDisplay: .bootDisplay
        case .screen: .screen
        case .framebuffer: .framebuffer
        case .kernelConsole: .kernelConsole
        }
    }
}

extension DriverObstacle {
    fileprivate var kind: EvidenceKind {
        switch self {
        case .missing: .driverMissing
        case .nameOfModule: .nameOfModule
        case .denied: .denyList
        case .unknownVariants: .unknownVariants
        }
    }
}

extension GroupObstacle {
    fileprivate var kind: EvidenceKind {
        switch state {
        case .goes, .stays(_, .assigned), .stays(_, .decided), .stays(_, .stuck): .memberOfHost
        case .bridge: .bridgeDriver
        case .stays(_, .refused): .memberRefused
        case .stays(_, .ignored): .memberIgnored
        case .stays(_, .held), .stays(_, .contested): .memberHeld
        case .stays(_, .libvirt), .stays(_, .unnamed(refusing: _?)): .memberInUse
        case .stays(_, .unnamed(refusing: nil)): .memberUnnamed
        }
    }
}
