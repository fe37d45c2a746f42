// swift-tools-version: 6.1
import PackageDescription

// The floors of the house: a target imports only targets of the floors below it. `Scripts/check-architecture` reads
// the real imports and fails when one points upwards. Reasons: docs/architecture.md.

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nio: [Target.Dependency] = [nioCore, .product(name: "NIOPosix", package: "swift-nio")]
let tls: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioTest: Target.Dependency = .product(name: "NIOTestUtils", package: "swift-nio")

let package = Package(
    name: "tandem",
    platforms: [.macOS(.v14)],
    products: [
        .executable(name: "tandem", targets: ["tandem"]),
        .executable(name: "ctispy", targets: ["ctispy"]),
        .executable(name: "ctisave", targets: ["ctisave"]),
        .executable(name: "ctistat", targets: ["ctistat"]),
        .library(name: "CTIProxy", targets: ["CTIProxy"]),
        // The house, room by room, for other packages: Examples/ is one.
        .library(name: "TandemCore", targets: ["TandemCore"]),
        .library(name: "AMI", targets: ["AMI"]),
        .library(name: "CTIProtocol", targets: ["CTIProtocol"]),
        .library(name: "CTILogin", targets: ["CTILogin"]),
        .library(name: "SiteModel", targets: ["SiteModel"]),
        .library(name: "Federation", targets: ["Federation"]),
        .library(name: "PBX", targets: ["PBX"]),
        .library(name: "CTIServer", targets: ["CTIServer"]),
        .library(name: "NodeCore", targets: ["NodeCore"]),
        .library(name: "Configuration", targets: ["Configuration"]),
        .library(name: "TandemNode", targets: ["TandemNode"]),
        .library(name: "DriverKit", targets: ["DriverKit"]),
        .library(name: "DriverTestKit", targets: ["DriverTestKit"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Floor 0
        .target(name: "TandemCore", dependencies: [.product(name: "HeapModule", package: "swift-collections")]),
        // Floor 1
        .target(name: "CTIProtocol", dependencies: ["TandemCore"]),
        .target(name: "AMI", dependencies: ["TandemCore"]),
        .target(
            name: "CTILogin", dependencies: ["TandemCore", .product(name: "Crypto", package: "swift-crypto")]),
        .target(name: "ClientTLS", dependencies: ["TandemCore", nioCore, tls]),
        // Floor 2
        .target(name: "SiteModel", dependencies: ["TandemCore"]),
        .target(
            name: "Federation",
            dependencies: [
                "TandemCore", .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ]),
        .target(name: "CTIProxy", dependencies: ["TandemCore", "CTIProtocol"]),
        // Floor 3
        .target(name: "PBX", dependencies: ["TandemCore", "SiteModel"]),
        .target(name: "CTIServer", dependencies: ["TandemCore", "CTIProtocol", "SiteModel"]),
        // Floor 4
        .target(
            name: "NodeCore",
            dependencies: ["TandemCore", "CTIProtocol", "SiteModel", "Federation", "PBX", "CTIServer"]),
        .target(
            name: "DriverKit",
            dependencies: [
                "TandemCore", "SiteModel", "PBX", "ClientTLS", log,
                .product(name: "NIOTLS", package: "swift-nio"),
            ] + nio),
        .target(name: "SimulatedPBX", dependencies: ["TandemCore", "SiteModel", "PBX"]),
        .target(
            name: "Configuration",
            dependencies: [
                "TandemCore", "CTIProtocol", "SiteModel", "Federation", "PBX",
                .product(name: "Yams", package: "Yams"),
            ]),
        .target(
            name: "Store",
            dependencies: [
                "TandemCore", "Federation", .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .target(
            name: "PKI",
            dependencies: [
                "TandemCore",
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .target(
            name: "TandemClient",
            dependencies: [
                "TandemCore", "CTIProtocol", "CTILogin", "ClientTLS", tls,
                .product(name: "NIOTLS", package: "swift-nio"),
            ] + nio),
        .target(
            name: "CTIProxyShell",
            dependencies: [
                "TandemCore", "CTIProxy", "ClientTLS", tls,
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ] + nio),
        // Floor 5
        .target(
            name: "AsteriskDriver",
            dependencies: [
                "TandemCore", "AMI", "SiteModel", "PBX", "DriverKit", log,
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
        .target(
            name: "SimulatedDriver",
            dependencies: [
                "TandemCore", "SiteModel", "PBX", "DriverKit", "SimulatedPBX",
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
        .target(
            name: "DriverTestKit",
            dependencies: [
                "TandemCore", "SiteModel", "PBX", "DriverKit", log,
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            ] + nio),
        .target(
            name: "Simulation",
            dependencies: [
                "TandemCore", "SiteModel", "Federation", "PBX", "CTIServer", "NodeCore", "SimulatedPBX",
                .product(name: "HeapModule", package: "swift-collections"),
            ]),
        // Floor 6
        .target(
            name: "TandemNode",
            dependencies: [
                "TandemCore", "CTIProtocol", "CTILogin", "ClientTLS", "Federation", "PBX", "CTIServer", "NodeCore",
                "DriverKit", "AsteriskDriver", "SimulatedDriver", "Configuration", "Store", "PKI", tls, log,
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ] + nio),
        // Floor 7
        .executableTarget(
            name: "tandem",
            dependencies: [
                "TandemNode", "TandemClient", "Configuration", "PKI", "TandemCore", "CTILogin", "CTIProxy", "ClientTLS",
                log,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(name: "ctispy", dependencies: ["CTIProxyShell"]),
        .executableTarget(name: "ctisave", dependencies: ["CTIProxyShell"]),
        .executableTarget(name: "ctistat", dependencies: ["CTIProxyShell"]),
        .target(name: "CMallocCount", path: "Benchmarks/CMallocCount"),
        .executableTarget(
            name: "TandemBenchmarks",
            dependencies: [
                "TandemCore", "CTIProtocol", "AMI", "SiteModel", "Federation", "PBX", "CTIServer", "NodeCore",
                "AsteriskDriver", "TandemNode", "Configuration", "CTILogin", "CMallocCount", tls, log,
            ] + nio,
            path: "Benchmarks/TandemBenchmarks"),
        .executableTarget(
            name: "TandemFuzz",
            dependencies: ["TandemCore", "CTIProtocol", "AMI", "SiteModel", "Federation", "CTIServer"],
            path: "Fuzz/TandemFuzz"),
        // Tests mirror Sources. Real Asterisks and phones for any of them:
        .target(name: "PBXTestSupport", path: "Tests/PBXTestSupport"),
        .testTarget(name: "TandemCoreTests", dependencies: ["TandemCore"]),
        .testTarget(name: "CTIProtocolTests", dependencies: ["CTIProtocol"]),
        .testTarget(name: "CTILoginTests", dependencies: ["CTILogin"]),
        .testTarget(name: "ClientTLSTests", dependencies: ["ClientTLS", "TandemClient", "PKI", tls] + nio),
        .testTarget(name: "AMITests", dependencies: ["AMI", nioTest, nioCore]),
        .testTarget(name: "SiteModelTests", dependencies: ["SiteModel"]),
        .testTarget(name: "FederationTests", dependencies: ["Federation"]),
        .testTarget(
            name: "CTIProxyTests",
            dependencies: [
                "CTIProxy", "CTIProtocol", "ClientTLS", "TandemNode", "Configuration", "PKI", "TandemClient", "ctispy",
                "ctisave", "ctistat", tls, log, .product(name: "NIOTLS", package: "swift-nio"),
            ] + nio),
        .testTarget(name: "CTIServerTests", dependencies: ["CTIProtocol", "CTIServer"]),
        .testTarget(name: "NodeCoreTests", dependencies: ["CTIProtocol", "NodeCore", "SimulatedPBX"]),
        .testTarget(
            name: "AsteriskDriverTests",
            dependencies: ["AsteriskDriver", "DriverTestKit", "PBXTestSupport", "PKI", tls] + nio,
            resources: [.copy("Recordings")]),
        .testTarget(name: "DriverKitTests", dependencies: ["DriverKit", "DriverTestKit", log] + nio),
        .testTarget(name: "SimulatedPBXTests", dependencies: ["SimulatedPBX"]),
        .testTarget(name: "SimulatedDriverTests", dependencies: ["SimulatedDriver", "DriverTestKit"]),
        .testTarget(
            name: "ConfigurationTests", dependencies: ["Configuration", "AsteriskDriver", "SimulatedDriver"]),
        .testTarget(name: "StoreTests", dependencies: ["Store", .product(name: "GRDB", package: "GRDB.swift")]),
        .testTarget(name: "PKITests", dependencies: ["PKI", tls] + nio),
        .testTarget(name: "SimulationTests", dependencies: ["Simulation"], exclude: ["Scenarios"]),
        .testTarget(
            name: "TandemNodeTests",
            dependencies: [
                "TandemNode", "TandemClient", "ClientTLS", "Configuration", "PKI", "CTIProtocol", "CTIServer",
                "Federation",
                "AsteriskDriver", "SimulatedDriver", "PBX", "PBXTestSupport", tls, log,
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ] + nio),
    ],
    swiftLanguageModes: [.v6]
)
