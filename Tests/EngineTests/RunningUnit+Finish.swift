import HostFiles

@testable import Engine

#if canImport(Glibc)
    import Glibc
#endif

extension RunningUnit {
    /// Waits until its worker is done with the unit, has ended, or was left behind.
    func finish(_ root: Root) {
        while !isOver {
            advance(deadline: nil, root: root)
            usleep(1000)
        }
    }
}
