/// The errors of the kernel that the files of driver binding can give, by the names of errno(3).
///
/// kernel sources: `drivers/base/bus.c`, `drivers/base/dd.c`, `drivers/pci/pci-driver.c`.
package enum KernelError: String, Error, Sendable, CaseIterable {
    case again = "EAGAIN"
    case busy = "EBUSY"
    case exists = "EEXIST"
    case invalid = "EINVAL"
    case noDevice = "ENODEV"
    case noEntry = "ENOENT"
    case noMemory = "ENOMEM"
    case inputOutput = "EIO"
    case access = "EACCES"
    case notPermitted = "EPERM"
    case noSpace = "ENOSPC"
    case range = "ERANGE"
}
