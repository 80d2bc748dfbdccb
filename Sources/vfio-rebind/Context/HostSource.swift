import Host
import HostFiles
import JSON
import Passthrough
import SnapshotFiles
import SystemPackage
import Udev

/// Where the facts about a host come from: the host below a root, or a file that `snapshot` wrote.
enum HostSource {
    case live(Root)
    case captured(HostCapture)

    /// Bytes of a snapshot at most.
    private static let limit = 1 << 30

    /// Opens a snapshot; nil is the host itself. Status 65 for a missing or invalid file.
    init(snapshot path: String?, root: Root) throws(Failure) {
        guard let path else {
            self = .live(root)
            return
        }
        self = .captured(try HostSource.capture(path))
    }

    /// Takes a snapshot of the host below a root. Status 69 where there is no sysfs.
    static func capture(of root: Root) throws(Failure) -> HostCapture {
        do throws(HostReader.Failure) {
            return try CaptureReader(root: root).capture(overrides: OverrideReader(root))
        } catch {
            throw Failure(status: .unavailable, message: "\(error)")
        }
    }

    /// Reads a snapshot from the file system, outside of any root.
    static func capture(_ path: String) throws(Failure) -> HostCapture {
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try Root.host.read(path, limit: limit)
        } catch {
            throw Failure(status: .invalidData, message: "snapshot \(path): cannot be read: \(error)")
        }
        do throws(JSONError) {
            return try SnapshotDocument.capture(bytes)
        } catch {
            let place = error.place.isEmpty ? "" : error.place.first?.isNumber == true ? ":" : ": "
            throw Failure(status: .invalidData, message: "snapshot \(path)\(place)\(error)")
        }
    }

    /// The functions, without evidence of use where the host is live.
    func functions(wanted: FunctionFacts) throws(Failure) -> HostSnapshot {
        switch self {
        case .captured(let capture): return capture.snapshot
        case .live(let root):
            do throws(HostReader.Failure) {
                return try SnapshotReader(root: root, wanted: wanted).functions()
            } catch {
                throw Failure(status: .unavailable, message: "\(error)")
            }
        }
    }

    /// The snapshot with everything that a planner needs.
    func complete(_ snapshot: HostSnapshot, for planner: Planner) -> HostSnapshot {
        switch self {
        case .captured(let capture): return capture.prepared(for: planner)
        case .live(let root):
            return SnapshotReader(root: root, wanted: planner.policies.wantedFacts).complete(
                snapshot, for: planner, overrides: OverrideReader(root))
        }
    }

    /// Functions with the facts that only `list` shows.
    func details(of functions: [PCIFunction]) -> HostDetails {
        switch self {
        case .captured(let capture):
            return HostDetails(
                functions: functions, nodes: capture.nodes, names: capture.names, stuck: Set(capture.stuck.keys),
                contested: capture.contested)
        case .live(let root): return HostDetails(functions, root)
        }
    }

    /// The configuration of the host; nil if the snapshot has none.
    var surroundings: Surroundings? {
        switch self {
        case .captured(let capture): capture.surroundings
        case .live(let root): SurroundingsReader(root: root).surroundings()
        }
    }

    /// The history of a function; if a snapshot has only a record, what the record says.
    func history(of address: PCIAddress) -> [HistoryEntry] {
        switch self {
        case .captured(let capture):
            capture.history[address] ?? capture.snapshot.records[address].map { [HistoryEntry($0, isGone: false)] }
                ?? []
        case .live(let root): StateFolder(root: root).history(of: address)
        }
    }

    /// The processes that hold nodes of functions on VFIO drivers open; without root, those that can be seen.
    func holders(of functions: [PCIFunction]) -> [PCIAddress: [String]] {
        let driven = functions.filter { $0.driver?.isVFIO == true }
        let uses =
            switch self {
            case .captured(let capture): capture.snapshot.uses
            case .live(let root): UseReader(root: root).uses(of: driven)
            }
        var holders: [PCIAddress: [String]] = [:]
        for function in driven {
            if let use = uses[function.address]?[.inUse], use.verdict == .busy {
                holders[function.address] = use.texts
            }
        }
        return holders
    }

    /// Messages about invalid records of the journal.
    var damagedRecords: [String] {
        if case .live(let root) = self { StateFolder(root: root).records().damaged } else { [] }
    }
}

extension HostCapture {
    /// The snapshot with what is known of the drivers that a planner may load.
    func prepared(for planner: Planner) -> HostSnapshot {
        var wanted = Set(planner.policies.policies.map(\.driver))
        if let driver = planner.request.byHand?.driver { wanted.insert(driver) }
        var prepared = snapshot
        prepared.stuck = stuck
        prepared.contested = contested
        prepared.viability = kernelRelease.map { ViabilityRule(release: $0) } ?? .ownership
        if planner.policies.wantedFacts.contains(.variants) {
            for alias in variantAliases {
                guard let driver = VariantTable.driver(ofModule: alias.module) else { continue }
                prepared.variants.add(alias.pattern, driver: driver)
            }
            wanted.formUnion(snapshot.functions.compactMap(prepared.variants.best))
        }
        for driver in wanted { prepared.drivers[driver] = presence(of: driver) }
        return prepared
    }
}
