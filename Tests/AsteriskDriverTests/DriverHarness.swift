import Logging
import NIOCore
import NIOPosix
import PBX
import SiteModel
import TandemCore

@testable import AsteriskDriver

/// A driver on an event loop of its own, and what it delivered, to be awaited from a test.
final class DriverHarness: Sendable {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop: any EventLoop
    private let driver: NIOLoopBound<AsteriskDriver>
    private let log: NIOLoopBoundBox<Log>

    /// What was delivered, and who waits for what.
    final class Log {
        var events: [PBXEvent] = []
        var waiters: [(from: Int, matches: (PBXEvent) -> Bool, promise: EventLoopPromise<PBXEvent>)] = []

        func add(_ new: [PBXEvent]) {
            for event in new {
                events.append(event)
                let index = events.count - 1
                waiters.removeAll { waiter in
                    guard index >= waiter.from, waiter.matches(event) else { return false }
                    waiter.promise.succeed(event)
                    return true
                }
            }
        }
    }

    struct TimedOut: Error, CustomStringConvertible {
        var description: String
    }

    init(_ settings: AsteriskSettings) async throws {
        let loop = group.next()
        self.loop = loop
        let name = SiteID("test")!
        (driver, log) = try await loop.submit {
            let log = Log()
            let driver = AsteriskDriver(
                settings: settings, on: loop, clientName: name, logger: Logger(label: "test"), random: { 0.5 })
            driver.start { log.add($0) }
            return (NIOLoopBound(driver, eventLoop: loop), NIOLoopBoundBox(log, eventLoop: loop))
        }.get()
    }

    /// How many events were delivered so far: a place to wait from.
    func mark() async throws -> Int { try await loop.submit { self.log.value.events.count }.get() }

    /// The events delivered from a place on.
    func events(from mark: Int = 0) async throws -> [PBXEvent] {
        try await loop.submit { Array(self.log.value.events[mark...]) }.get()
    }

    func facts(from mark: Int = 0) async throws -> [PBXFact] {
        try await events(from: mark).compactMap { if case .fact(let fact) = $0 { fact } else { nil } }
    }

    /// Waits until an event fits, delivered at `mark` or later.
    @discardableResult
    func wait(
        from mark: Int = 0, seconds: Int64 = 30, _ what: String = "event",
        where matches: @escaping @Sendable (PBXEvent) -> Bool
    ) async throws -> PBXEvent {
        try await loop.flatSubmit { [loop, log] in
            if let found = log.value.events[min(mark, log.value.events.count)...].first(where: matches) {
                return loop.makeSucceededFuture(found)
            }
            let promise = loop.makePromise(of: PBXEvent.self)
            log.value.waiters.append((mark, matches, promise))
            let timeout = loop.scheduleTask(in: .seconds(seconds)) {
                promise.fail(TimedOut(description: "no \(what) within \(seconds) s"))
            }
            promise.futureResult.whenComplete { _ in timeout.cancel() }
            return promise.futureResult
        }.get()
    }

    @discardableResult
    func fact(
        from mark: Int = 0, seconds: Int64 = 30, _ what: String = "fact",
        where matches: @escaping @Sendable (PBXFact) -> Bool
    ) async throws -> PBXFact {
        let event = try await wait(from: mark, seconds: seconds, what) {
            if case .fact(let fact) = $0 { matches(fact) } else { false }
        }
        guard case .fact(let fact) = event else { throw TimedOut(description: "not a fact") }
        return fact
    }

    /// Performs an action and returns its events up to the final one.
    func perform(_ action: PBXAction, token number: UInt64) async throws -> [PBXActionEvent] {
        let token = ActionToken(number)
        try await loop.submit { self.driver.value.perform(action, token: token) }.get()
        try await wait("end of \(action.capability)") {
            if case .action(token, let event) = $0 { event.isFinal } else { false }
        }
        return try await events().compactMap { if case .action(token, let event) = $0 { event } else { nil } }
    }

    func run<T: Sendable>(_ body: @escaping @Sendable (AsteriskDriver) -> T) async throws -> T {
        try await loop.submit { body(self.driver.value) }.get()
    }

    func close() async throws {
        try await loop.submit { self.driver.value.stop() }.get()
        try await group.shutdownGracefully()
    }
}
