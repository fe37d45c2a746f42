import Dispatch
import Federation
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NodeCore
import Store
import TandemCore
import Testing

@testable import TandemNode

@Suite("What is written before it is told", .timeLimit(.minutes(1))) struct StoreGateTests {
    /// What the core leaves behind in a turn.
    enum Step: Sendable {
        case presence(String)
        case ledger(String, tells: Bool)
        case barrier(UInt64)
        case commit
    }

    static let stories: [(steps: [Step], told: [String])] = [
        ([], []),
        ([.presence("away"), .commit], []),
        ([.ledger("k1", tells: false), .commit], []),
        ([.ledger("k1", tells: true)], []),
        ([.ledger("k1", tells: true), .commit], ["k1"]),
        ([.barrier(7), .commit], ["7"]),
        ([.barrier(1), .ledger("k1", tells: true), .presence("away"), .barrier(2), .commit], ["1 k1 2"]),
        ([.ledger("k1", tells: true), .commit, .barrier(1), .commit], ["k1", "1"]),
    ]

    private static func text(_ steps: [StoreGate.Step]) -> String {
        steps.map {
            switch $0 {
            case .ledger(let key): key.text
            case .barrier(let number): "\(number)"
            }
        }.joined(separator: " ")
    }

    private static func tell(_ steps: [Step], to gate: StoreGate) throws {
        for step in steps {
            switch step {
            case .presence(let state): gate.keep(.presence(user: "1", state: state))
            case .ledger(let key, let tells):
                gate.keep(
                    LedgerEntry(key: try #require(IdempotencyKey(key)), answer: nil, unixTime: 1), tells: tells)
            case .barrier(let number): gate.barrier(number)
            case .commit: gate.commit()
            }
        }
    }

    @Test("without a store nothing has to be waited for", arguments: stories)
    func withoutStore(_ story: (steps: [Step], told: [String])) async throws {
        let told = try await MultiThreadedEventLoopGroup.singleton.next().submit { [steps = story.steps] in
            var told: [String] = []
            let gate = StoreGate(store: nil, loop: MultiThreadedEventLoopGroup.singleton.next()) { steps in
                if !steps.isEmpty { told.append(Self.text(steps)) }
            }
            try Self.tell(steps, to: gate)
            return told
        }.get()
        #expect(told == story.told)
    }

    @Test("nothing is told before it is on the disk, and all in its order", arguments: stories)
    func withStore(_ story: (steps: [Step], told: [String])) async throws {
        let folder = try TestFederation.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try Store(path: folder + "/store.sqlite")
        // Holds the writer until everything was handed over.
        let hold = DispatchSemaphore(value: 0)
        store.enqueue([], whenDurable: { hold.wait() })
        let told = NIOLockedValueBox<[String]>([])
        let missing = NIOLockedValueBox<[String]>([])
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let (gate, hasWork) = try await loop.submit { [steps = story.steps] in
            let gate = StoreGate(store: store, loop: loop) { steps in
                loop.preconditionInEventLoop()
                told.withLockedValue { $0.append(Self.text(steps)) }
                let written = (try? store.load().ledger.map(\.key.text)) ?? []
                for case .ledger(let key) in steps where !written.contains(key.text) {
                    missing.withLockedValue { $0.append(key.text) }
                }
            }
            try Self.tell(steps, to: gate)
            return (NIOLoopBound(gate, eventLoop: loop), gate.hasWork)
        }.get()
        let isCommitted = story.steps.last.map { if case .commit = $0 { true } else { false } } ?? true
        #expect(hasWork == !isCommitted)
        #expect(told.withLockedValue { $0 }.isEmpty, "told before it was written")
        hold.signal()
        // Everything before it is durable, and the loop has heard so.
        await withCheckedContinuation { done in store.enqueue([], whenDurable: { loop.execute { done.resume() } }) }
        #expect(told.withLockedValue { $0 } == story.told)
        #expect(missing.withLockedValue { $0 }.isEmpty)
        try await loop.submit { withExtendedLifetime(gate.value) {} }.get()
        try store.close()
    }
}
