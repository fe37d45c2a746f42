import DriverKit
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import PBX
import SiteModel
import TandemCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A driver on an event loop of its own, as a node would hold it, with what it delivered. It watches that the driver
/// keeps to its loop and never delivers from inside a call.
public final class DriverStand: Sendable {
    /// What the driver delivered.
    public let log = EventLog()
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let loop: any EventLoop
    private let driver: NIOLoopBound<any PBXDriver>
    private let watch = NIOLockedValueBox(Watch())

    private struct Watch {
        var isInside = false
        var violations: [String] = []
        var asked: [ActionToken] = []
        var next: UInt64 = 0
    }

    /// Makes the stage's driver, not started.
    public init(_ stage: any PBXStage, site: SiteConfiguration? = nil) async throws {
        guard let name = SiteID("stage") else { throw StoryFailure("no site name") }
        let loop = group.next()
        self.loop = loop
        driver = try await loop.submit {
            let context = DriverContext(
                loop: loop, logger: Logger(label: "stage"), site: site ?? SiteConfiguration(site: name), life: name,
                now: {
                    var wall = timespec()
                    clock_gettime(CLOCK_REALTIME, &wall)
                    return Moment(
                        instant: Instant(nanoseconds: Int64(NIODeadline.now().uptimeNanoseconds)),
                        unixTime: Double(wall.tv_sec) + Double(wall.tv_nsec) / 1e9)
                }, random: { 0.5 })
            return NIOLoopBound(try stage.makeDriver(in: context), eventLoop: loop)
        }.get()
    }

    /// Calls the driver on its loop, as the node does.
    public func call<T: Sendable>(_ body: @escaping @Sendable (any PBXDriver) throws -> T) async throws -> T {
        try await loop.submit { [driver, watch] in
            watch.withLockedValue { $0.isInside = true }
            defer { watch.withLockedValue { $0.isInside = false } }
            return try body(driver.value)
        }.get()
    }

    /// Starts the driver.
    public func start() async throws {
        let (log, watch, loop) = (log, watch, loop)
        try await call { driver in
            driver.start { events in
                if !loop.inEventLoop { watch.withLockedValue { $0.violations.append("delivered off its loop") } }
                watch.withLockedValue {
                    if $0.isInside { $0.violations.append("delivered inside a call of the node: \(events)") }
                }
                log.add(events)
            }
        }
    }

    /// Starts the driver and waits for the first snapshot.
    public func connect() async throws {
        try await start()
        try await log.fact("first snapshot") { $0 == .resyncEnded }
    }

    /// Stops the driver.
    public func stop() async throws { try await call { $0.stop() } }

    /// What the driver says that its PBX can do.
    public func capabilities() async throws -> Set<PBXCapability> { try await call { $0.capabilities } }
    /// The driver's counts.
    public func metrics() async throws -> DriverMetrics { try await call { $0.metrics } }

    /// Asks the PBX for several things in one turn of the loop.
    public func ask(_ actions: [PBXAction]) async throws -> [ActionToken] {
        let tokens = watch.withLockedValue { watch in
            actions.map { _ in
                watch.next += 1
                let token = ActionToken(watch.next)
                watch.asked.append(token)
                return token
            }
        }
        try await call { driver in
            for (action, token) in zip(actions, tokens) { driver.perform(action, token: token) }
        }
        return tokens
    }

    /// Asks the PBX for something.
    public func ask(_ action: PBXAction) async throws -> ActionToken { try await ask([action])[0] }

    /// Waits for the final event of an action; returns all its events.
    public func end(of token: ActionToken, within time: Duration = .seconds(30)) async throws -> [PBXActionEvent] {
        try await log.wait("final event of action \(token.number)", within: time) {
            if case .action(token, let event) = $0 { event.isFinal } else { false }
        }
        return log.events(of: token)
    }

    /// Asks for something and waits for its end.
    public func perform(_ action: PBXAction) async throws -> [PBXActionEvent] {
        try await end(of: try await ask(action))
    }

    /// Stops the driver, ends the loop, and looks whether the rules were kept.
    ///
    /// - Throws: `StoryFailure` when the driver delivered where it must not, or an action had not exactly one final event.
    public func close() async throws {
        try await stop()
        // What the driver still says at its stop comes in the turns that follow.
        for _ in 0..<3 { try await loop.submit {}.get() }
        try await group.shutdownGracefully()
        var wrong = watch.withLockedValue { $0.violations }
        for token in watch.withLockedValue({ $0.asked }) {
            let events = log.events(of: token)
            if events.filter(\.isFinal).count != 1 || events.last?.isFinal != true {
                wrong.append("action \(token.number) does not end with its one final event: \(events)")
            }
        }
        if !wrong.isEmpty { throw StoryFailure(wrong.joined(separator: "\n")) }
    }
}
