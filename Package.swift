// swift-tools-version: 6.2

import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let argumentParser: Target.Dependency = .product(
    name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "vfio-rebind",
    products: [.executable(name: "vfio-rebind", targets: ["vfio-rebind"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
    ],
    targets: [
        // The pure core: imports nothing, so it can do nothing but decide.
        .target(name: "Passthrough", swiftSettings: strict),
        // What is said beside deciding: exports, findings, trees. Pure as well.
        .target(name: "Advice", dependencies: ["Passthrough"], swiftSettings: strict),
        // JSON (RFC 8259): one value, one reader, one writer.
        .target(name: "JSON", swiftSettings: strict),
        // TOML 1.0 as values with their places; knows nothing of policies.
        .target(name: "TOML", dependencies: ["Passthrough"], swiftSettings: strict),
        .systemLibrary(name: "CUdev", pkgConfig: "libudev", providers: [.apt(["libudev-dev"])]),
        .target(name: "CLinux"),
        .systemLibrary(name: "CExpat", providers: [.apt(["libexpat1-dev"])]),
        .target(
            name: "LibvirtXML", dependencies: ["CExpat", "Passthrough"], swiftSettings: strict,
            linkerSettings: [.unsafeFlags(["-Xlinker", "-l:libexpat.a"])]),
        .target(name: "HostFiles", dependencies: ["CLinux", system], swiftSettings: strict),
        .target(name: "Udev", dependencies: ["CUdev", "CLinux", "Passthrough", system], swiftSettings: strict),
        .target(
            name: "PolicyFiles",
            dependencies: ["Passthrough", "HostFiles", "TOML", system], swiftSettings: strict),
        // The host as a file: what `snapshot` writes.
        .target(
            name: "SnapshotFiles", dependencies: ["Passthrough", "PolicyFiles", "TOML", "JSON"], swiftSettings: strict),
        // Fork, pidfd, signals, clocks, child programs.
        .target(name: "Processes", dependencies: ["HostFiles", "CLinux", system], swiftSettings: strict),
        // Reads the machine and keeps its own state: nothing here can write to the kernel.
        .target(
            name: "Host", dependencies: ["Passthrough", "HostFiles", "Processes", "LibvirtXML", "CLinux", system],
            swiftSettings: strict),
        .target(name: "CVirtualFunctions"),
        // The only target that writes to the kernel.
        .target(
            name: "Engine",
            dependencies: ["Passthrough", "HostFiles", "Processes", "Host", "CLinux", "CVirtualFunctions", system],
            swiftSettings: strict),
        .executableTarget(
            name: "vfio-rebind",
            dependencies: [
                "Passthrough", "Advice", "HostFiles", "PolicyFiles", "SnapshotFiles", "TOML", "JSON", "Processes",
                "Host",
                "Engine", "Udev", system, argumentParser,
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources", sources: ["Monitor", "vfio-rebind"], swiftSettings: strict,
            // udev starts the program for every PCI event of the machine: without position independence, and without the program's own
            // symbols to look through, the loader has hundreds of thousands of instructions less to do.
            linkerSettings: [
                .unsafeFlags(
                    ["-Xclang-linker", "-no-pie", "-Xlinker", "--no-export-dynamic"], .when(configuration: .release))
            ]),
        // Started by UdevTests below umockdev-wrapper, which must be there before a process begins.
        .executableTarget(
            name: "UdevEcho", dependencies: ["Udev", "Passthrough", system], path: "Tests/UdevEcho",
            swiftSettings: strict),
        // Random scripts of kernel writes, for the tests of the Simulator and for the lab, which runs them on a real kernel.
        .target(
            name: "SimulatorScripts", dependencies: ["Passthrough"], path: "Tests/SimulatorScripts",
            swiftSettings: strict),
        .executableTarget(
            name: "simulator-script", dependencies: ["SimulatorScripts"], path: "Tests/simulator-script",
            swiftSettings: strict),
        // Readers that get bytes of any kind: from libFuzzer (Tests/Fuzz), and from the kept corpus in unit tests.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "Passthrough", "HostFiles", "TOML", "JSON", "PolicyFiles", "SnapshotFiles", "LibvirtXML", "Host",
                "Engine",
                "CVirtualFunctions", system,
            ],
            path: "Tests/FuzzTargets", swiftSettings: strict),
        .testTarget(
            name: "FuzzTargetsTests", dependencies: ["FuzzTargets", "HostFiles"], swiftSettings: strict),
        .testTarget(
            name: "PassthroughTests", dependencies: ["Passthrough", "SimulatorScripts"], exclude: ["golden"],
            swiftSettings: strict),
        .testTarget(name: "AdviceTests", dependencies: ["Advice", "Passthrough"], swiftSettings: strict),
        .testTarget(
            name: "HostFilesTests", dependencies: ["HostFiles", system], swiftSettings: strict),
        // Prints TOML files as JSON, for the comparison with Python's tomllib.
        .executableTarget(
            name: "toml-json", dependencies: ["TOML", "JSON", "HostFiles"], path: "Tests/toml-json",
            swiftSettings: strict),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: strict),
        .testTarget(name: "TOMLTests", dependencies: ["TOML"], swiftSettings: strict),
        .testTarget(
            name: "PolicyFilesTests", dependencies: ["PolicyFiles", "HostFiles", "Passthrough", system],
            exclude: ["corpus"],
            swiftSettings: strict),
        .testTarget(
            name: "SnapshotFilesTests", dependencies: ["SnapshotFiles", "JSON", "Passthrough"], swiftSettings: strict),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "Engine", "Host", "Processes", "HostFiles", "Passthrough", "CLinux", "CVirtualFunctions", system,
            ],
            swiftSettings: strict),
        .testTarget(name: "LibvirtXMLTests", dependencies: ["LibvirtXML", "Passthrough"], swiftSettings: strict),
        .testTarget(
            name: "UdevTests", dependencies: ["Udev", "UdevEcho", "Passthrough", "CLinux", system],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

// Built by Tests/Fuzz/run alone, with --sanitize fuzzer: libFuzzer brings the `main` of this program.
if Context.environment["VFIO_REBIND_FUZZ"] == "1" {
    package.targets.append(
        .executableTarget(
            name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz", exclude: ["corpus", "run"],
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]))
}
