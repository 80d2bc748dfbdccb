/// How often a function is rebound because of events before it is contested, as StartLimit of systemd.unit(5) is for services.
package enum RebindLimit {
    /// So many rounds within so many seconds are the last.
    package static let rounds = 3
    package static let seconds: Int64 = 60

    static func reason(_ address: PCIAddress) -> String {
        "rebound \(rounds) times in \(seconds) s and taken back or refused each time; not retried until "
            + "`vfio-rebind apply \(address)`"
    }
}
