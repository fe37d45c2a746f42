import ArgumentParser
import Configuration
import Logging
import ServiceLifecycle
import TandemCore
import TandemNode

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run one node in the foreground.",
        discussion: """
            Logs one line "ready" with its addresses when all listeners are up. SIGTERM or Ctrl-C stops it: clients and
            peers are told, links drain, it ends within 5 s. SIGHUP reads the file again and takes over what has changed
            (see tandem reload).
            """)
    @Option(name: [.short, .long], help: "The node's configuration file.") var config: String

    func run() async throws {
        let configuration = try loadNode(config)
        let source = { @Sendable [config] in try NodeConfiguration.load(config) }
        let node = Node(configuration: configuration, logger: makeLogger(), source: source)
        try await serve([node, ReloadOnHangup(node: node)])
    }
}

/// Reloads a node at each SIGHUP. What came of it stands in the node's log; that of a node that does not run (yet), on
/// standard error.
struct ReloadOnHangup: Service {
    let node: Node

    func run() async throws {
        for await _ in Hangup.signals.cancelOnGracefulShutdown() {
            do { _ = try await node.reload() } catch { complain("reload: \(error)") }
        }
    }
}

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a node's configuration file.",
        discussion: "Each error names file, line, key, what was found and what is accepted. Exit code 65 on errors.")
    @Argument(help: "The node's configuration file.") var file: String

    func run() throws {
        let node = try loadNode(file)
        say("\(file): site \(node.name), PBX \(node.pbx.driver), \(node.links.count) links: no errors")
    }
}

/// Loads a node's file: warnings and errors go to standard error, an error ends the program with 65.
func loadNode(_ path: String) throws -> NodeConfiguration {
    var warnings: [Diagnostic] = []
    defer { for warning in warnings { complain(warning.description) } }
    do { return try NodeConfiguration.load(path, warnings: &warnings) } catch {
        complain(error.description)
        throw ExitCode(65)
    }
}

/// The program's log: lines on standard error.
func makeLogger() -> Logger {
    var logger = Logger(label: "tandem") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .info
    return logger
}

/// Runs nodes as a group until a signal asks for the end. A node that cannot start ends the program with 69.
func serve(_ services: [any Service], logger: Logger = makeLogger()) async throws {
    var quiet = logger
    quiet.logLevel = .error
    let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(
            services: services.map {
                .init(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .cancelGroup)
            }, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
    do { try await group.run() } catch {
        complain("\(error)")
        throw ExitCode(69)
    }
}

/// A line on standard error.
func complain(_ text: String) { put(text, on: 2) }

/// A line on standard output, at once: on a pipe too, so that what is said arrives in the order in which it happens.
func say(_ text: String) { put(text, on: 1) }

private func put(_ text: String, on descriptor: Int32) {
    var line = text
    if !line.hasSuffix("\n") { line += "\n" }
    line.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
            let count = write(descriptor, rest.baseAddress, rest.count)
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if count < 0, errno == EAGAIN || errno == EWOULDBLOCK {
                // A pipe or terminal that whoever started us left non-blocking, and that is full: wait for its reader.
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                guard poll(&waiting, 1, -1) >= 0 || errno == EINTR else { return }
            } else if count == 0 || errno != EINTR {
                return  // Nobody is left to read it.
            }
        }
    }
}
