import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// The way for reloads from outside (a signal, a test) onto the loop of a node, as long as it runs.
final class NodeReloadRequests: Sendable {
    private struct State {
        var assembly: NIOLoopBound<NodeAssembly>?
        /// Reloads under way, and the number of the next.
        var waiting: [Int: EventLoopPromise<[String]>] = [:]
        var next = 0
    }

    private let state = NIOLockedValueBox(State())

    /// The node runs from now on.
    func open(_ running: NIOLoopBound<NodeAssembly>) { state.withLockedValue { $0.assembly = running } }

    /// The node stops: what is under way fails, for its loop may end before the file is read.
    func close() {
        let waiting = state.withLockedValue { state in
            defer { state.waiting = [:] }
            state.assembly = nil
            return state.waiting
        }
        for promise in waiting.values { promise.fail(NodeError("the node stops")) }
    }

    func reload() async throws -> [String] {
        // On a loop that outlives the node's.
        let promise = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: [String].self)
        let begun = state.withLockedValue { state -> (NIOLoopBound<NodeAssembly>, Int)? in
            guard let running = state.assembly else { return nil }
            state.next += 1
            state.waiting[state.next] = promise
            return (running, state.next)
        }
        if let (running, number) = begun {
            running.eventLoop.execute {
                running.value.reload { result in self.finish(number, result.mapError { $0 as any Error }) }
            }
        } else {
            promise.fail(NodeError("the node does not run, so there is nothing to reload"))
        }
        return try await promise.futureResult.get()
    }

    private func finish(_ number: Int, _ result: Result<[String], any Error>) {
        state.withLockedValue { $0.waiting.removeValue(forKey: number) }?.completeWith(result)
    }
}
