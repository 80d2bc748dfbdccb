/// What this program did to one function, and what was there before: enough to finish it, to undo it, and to release it.
package struct FunctionRecord: Hashable, Sendable {
    package let address: PCIAddress
    /// Tells a function from one that is plugged later at the same address: the inode of its sysfs directory.
    package var instance: UInt64
    package var id: PCIID
    /// The first driver that it had before this program touched it; nil for none.
    package var nativeDriver: DriverName?
    /// The override that was there before; nil for none.
    package var nativeOverride: String?
    package var target: DriverName
    package var method: Method
    /// Whether this program wrote `driver_override`, and so has to restore it.
    package var overrideWritten: Bool
    /// What the host had set for a VF before this program touched it; nil for other functions, and where nobody reports it.
    package var settings: VirtualFunctionSettings?
    /// The policy that wanted it; nil where `bind` was called by hand.
    package var policy: String?
    package var phase: Phase
    /// Seconds since 1970 of the last change of this record.
    package var time: Int64
    /// What happened last, a sentence.
    package var note: String

    package enum Phase: String, Sendable, CaseIterable {
        /// Begun and not known to have ended: to be finished or undone.
        case rebinding
        case rebound
        /// `release` was begun.
        case releasing
    }

    package init(
        address: PCIAddress, instance: UInt64, id: PCIID, nativeDriver: DriverName?, nativeOverride: String?,
        target: DriverName, method: Method, overrideWritten: Bool = false, policy: String?, phase: Phase,
        time: Int64 = 0, note: String = ""
    ) {
        self.address = address
        self.instance = instance
        self.id = id
        self.nativeDriver = nativeDriver
        self.nativeOverride = nativeOverride
        self.target = target
        self.method = method
        self.overrideWritten = overrideWritten
        self.policy = policy
        self.phase = phase
        self.time = time
        self.note = note
    }

    /// Whether `bind` was called by hand for it, so that policies let it be.
    package var isByHand: Bool { policy == nil }
}
