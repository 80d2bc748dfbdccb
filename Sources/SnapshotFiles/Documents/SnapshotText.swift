import JSON
package import Passthrough

/// Writes a host as a snapshot: JSON with sorted keys, a line for each function.
package enum SnapshotText {
    package static let schema = "vfio-rebind.snapshot/1"

    package static func bytes(_ capture: HostCapture) -> [UInt8] {
        let snapshot = capture.snapshot
        let functions = snapshot.functions.map { function in
            var captured = CapturedFunction(function)
            captured.nodes = capture.nodes[function.address] ?? VFIONodes()
            captured.uses = snapshot.uses[function.address] ?? [:]
            return captured.node
        }
        let fields: [String: JSONValue] = [
            "schema": .text(schema), "complete": .bool(snapshot.isComplete), "redacted": .bool(capture.isRedacted),
            "functions": .list(functions), "noiommu": .bool(snapshot.allowsNoIOMMU),
            "denylist_disabled": .bool(snapshot.ignoresDenyList), "kernel_release": .text(capture.kernelRelease),
            "drivers": capture.drivers.map { .texts($0.map(\.text).sorted()) } ?? .null,
            "modules": modules(capture), "variant_aliases": .list(capture.variantAliases.map(node)),
            "surroundings": capture.surroundings.map(SurroundingsNode.node) ?? .null, "names": .list(names(capture)),
            "records": .list(snapshot.records.sorted { $0.key < $1.key }.map { RecordNode.node($0.value) }),
            "history": .list(history(capture)), "holds": .texts(snapshot.holds.sorted()),
            "contested": .texts(capture.contested.sorted()),
            "stuck": .list(
                capture.stuck.sorted { $0.key < $1.key }.map {
                    .object(["address": .text($0.key), "text": .text($0.value)])
                }),
            "registered_ids": ids(snapshot.registeredIDs), "begun_ids": ids(snapshot.begunIDs),
        ]
        return JSONText.document(
            fields.sorted { $0.key < $1.key }.map { JSONValue.Member(key: $0.key, value: $0.value) })
    }

    private static func ids(_ ids: [DriverName: Set<PCIID>]) -> JSONValue {
        .list(
            ids.sorted { $0.key.text < $1.key.text }.map {
                .object(["driver": .text($0.key), "ids": .texts($0.value.sorted())])
            })
    }

    private static func modules(_ capture: HostCapture) -> JSONValue {
        guard let modules = capture.modules else { return .null }
        var states: [String: JSONValue] = [:]
        for state in ModulePlace.allCases {
            states[state.rawValue] = .texts(modules.filter { $0.value == state }.keys.sorted())
        }
        return .object(states)
    }

    private static func history(_ capture: HostCapture) -> [JSONValue] {
        capture.history.sorted { $0.key < $1.key }.flatMap { address, entries in
            entries.map { entry in
                .object([
                    "address": .text(address), "result": .text(entry.result), "time": .number(entry.time),
                    "what": .text(entry.what),
                ])
            }
        }
    }

    private static func node(_ alias: ModuleAlias) -> JSONValue {
        .object(["module": .text(alias.module), "pattern": .text(alias.pattern)])
    }

    private static func names(_ capture: HostCapture) -> [JSONValue] {
        capture.names.sorted { $0.key < $1.key }.map {
            .object(["device": .text($0.value.device), "id": .text($0.key), "vendor": .text($0.value.vendor)])
        }
    }
}
