// swift-tools-version: 6.1
import PackageDescription

// What somebody outside of Tandem writes: a driver for a PBX of their own, and a CTI command of their own.
let package = Package(
    name: "tandem-examples",
    platforms: [.macOS(.v14)],
    products: [
        .library(name: "BellPBX", targets: ["BellPBX"]),
        .library(name: "LunchCommand", targets: ["LunchCommand"]),
    ],
    dependencies: [
        .package(name: "tandem", path: ".."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    ],
    targets: [
        .target(
            name: "BellPBX",
            dependencies: [
                .product(name: "DriverKit", package: "tandem"), .product(name: "PBX", package: "tandem"),
                .product(name: "SiteModel", package: "tandem"), .product(name: "TandemCore", package: "tandem"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
        .target(
            name: "LunchCommand",
            dependencies: [
                .product(name: "CTIProtocol", package: "tandem"), .product(name: "CTIServer", package: "tandem"),
            ]),
        .testTarget(
            name: "ExampleTests",
            dependencies: [
                "BellPBX", "LunchCommand", .product(name: "CTIServer", package: "tandem"),
                .product(name: "DriverKit", package: "tandem"), .product(name: "DriverTestKit", package: "tandem"),
                .product(name: "Federation", package: "tandem"), .product(name: "NodeCore", package: "tandem"),
                .product(name: "PBX", package: "tandem"), .product(name: "SiteModel", package: "tandem"),
                .product(name: "TandemCore", package: "tandem"), .product(name: "NIOEmbedded", package: "swift-nio"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
