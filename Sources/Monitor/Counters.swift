import JSON

/// What the monitor counts since its start.
struct Counters {
    /// Events of PCI functions.
    var events = 0
    /// How often the kernel dropped events for want of room.
    var overruns = 0
    /// How often everything was looked at again for that.
    var resyncs = 0
    var rebound = 0
    var failed = 0
    var refused = 0
    var stuck = 0

    var json: JSONValue {
        .object([
            "events": .number(events), "overruns": .number(overruns), "resyncs": .number(resyncs),
            "rebound": .number(rebound), "failed": .number(failed), "refused": .number(refused),
            "stuck": .number(stuck),
        ])
    }

    /// The line that `systemctl status` shows.
    var text: String { "rebound \(rebound), failed \(failed), refused \(refused), stuck \(stuck)" }
}
