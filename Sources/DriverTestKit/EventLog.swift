import NIOConcurrencyHelpers
import PBX
import SiteModel

/// What a driver delivered, to be awaited from a test.
public final class EventLog: Sendable {
    private struct Waiter {
        var number: Int
        var from: Int
        var matches: @Sendable (PBXEvent) -> Bool
        var continuation: CheckedContinuation<PBXEvent?, Never>
    }
    private struct State {
        var events: [PBXEvent] = []
        var waiters: [Waiter] = []
        var next = 0
    }
    private let state = NIOLockedValueBox(State())

    /// An empty log.
    public init() {}

    /// How many events there are: a place to wait from.
    public var count: Int { state.withLockedValue { $0.events.count } }
    /// The events from a place on.
    public func events(from mark: Int = 0) -> [PBXEvent] { state.withLockedValue { Array($0.events[mark...]) } }
    /// The facts among them.
    public func facts(from mark: Int = 0) -> [PBXFact] {
        events(from: mark).compactMap { if case .fact(let fact) = $0 { fact } else { nil } }
    }
    /// What became of an action so far.
    public func events(of token: ActionToken) -> [PBXActionEvent] {
        events().compactMap { if case .action(token, let event) = $0 { event } else { nil } }
    }

    /// Adds what was delivered.
    public func add(_ events: [PBXEvent]) {
        let met = state.withLockedValue { state -> [(CheckedContinuation<PBXEvent?, Never>, PBXEvent)] in
            var met: [(CheckedContinuation<PBXEvent?, Never>, PBXEvent)] = []
            for event in events {
                let place = state.events.count
                state.events.append(event)
                state.waiters.removeAll { waiter in
                    guard place >= waiter.from, waiter.matches(event) else { return false }
                    met.append((waiter.continuation, event))
                    return true
                }
            }
            return met
        }
        for (continuation, event) in met { continuation.resume(returning: event) }
    }

    /// Waits until an event fits that was delivered at `mark` or later.
    ///
    /// - Throws: `StoryFailure` with the events since `mark` when none comes within the time.
    @discardableResult
    public func wait(
        _ what: String, from mark: Int = 0, within time: Duration = .seconds(30),
        where matches: @escaping @Sendable (PBXEvent) -> Bool
    ) async throws -> PBXEvent {
        let number = state.withLockedValue { state in
            state.next += 1
            return state.next
        }
        let timeout = Task {
            try await Task.sleep(for: time)
            let late = state.withLockedValue { state -> CheckedContinuation<PBXEvent?, Never>? in
                guard let place = state.waiters.firstIndex(where: { $0.number == number }) else { return nil }
                return state.waiters.remove(at: place).continuation
            }
            late?.resume(returning: nil)
        }
        defer { timeout.cancel() }
        let found = await withCheckedContinuation { continuation in
            let there = state.withLockedValue { state -> PBXEvent? in
                if let event = state.events[min(mark, state.events.count)...].first(where: matches) { return event }
                state.waiters.append(
                    Waiter(number: number, from: mark, matches: matches, continuation: continuation))
                return nil
            }
            if let there { continuation.resume(returning: there) }
        }
        guard let found else {
            throw StoryFailure("no \(what) within \(time); since then: \(events(from: mark))")
        }
        return found
    }

    /// Waits for a fact.
    @discardableResult
    public func fact(
        _ what: String, from mark: Int = 0, within time: Duration = .seconds(30),
        where matches: @escaping @Sendable (PBXFact) -> Bool
    ) async throws -> PBXFact {
        let event = try await wait(what, from: mark, within: time) {
            if case .fact(let fact) = $0 { matches(fact) } else { false }
        }
        guard case .fact(let fact) = event else { throw StoryFailure("not a fact: \(event)") }
        return fact
    }
}
