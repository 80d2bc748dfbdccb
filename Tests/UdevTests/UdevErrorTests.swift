import SystemPackage
import Testing
import Udev

struct UdevErrorTests {
    @Test func `says what is missing`() {
        #expect(
            UdevError.notRunning(control: UdevMonitor.udevControl).description
                == "udev is not running: /run/udev/control does not exist")
    }

    @Test func `says what failed, on what, and why`() {
        #expect(
            UdevError.failed(.subscribe, .permissionDenied).description
                == "subscribing to uevents: netlink: Permission denied")
    }
}
