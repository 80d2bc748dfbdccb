/// The 24-bit class code: class, subclass and programming interface.
///
/// sysfs prints it as `0x%06x` (`drivers/pci/pci-sysfs.c`, `class_show`), the uevent as `PCI_CLASS=%04X` without leading zeros
/// (`drivers/pci/pci-driver.c`, `pci_uevent`): compare numbers, never texts.
package struct ClassCode: Hashable, Sendable {
    /// At most 0xffffff.
    package let value: UInt32

    /// Keeps the lower 24 bits.
    package init(_ value: UInt32) { self.value = value & 0xff_ffff }

    /// Class and subclass, `0200` for an Ethernet controller.
    package var subclass: UInt32 { value >> 8 }
    /// The class alone, `02` for network controllers.
    package var base: UInt32 { value >> 16 }
}

extension ClassCode: CustomStringConvertible {
    /// Six digits: `020000`.
    package var description: String { Hexadecimal.text(UInt64(value), digits: 6) }
}
