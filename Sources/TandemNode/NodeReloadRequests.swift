import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// The way for reloads from outside (a signal, a test) onto the loop of a node, as long as it runs.
final class NodeReloadRequests: Sendable {
    typealias Done = @Sendable (Result<[String], NodeError>) -> Void
    /// Reloads the node; called on its loop.
    typealias Reload = @Sendable (@escaping Done) -> Void

    private struct State {
        var node: (loop: any EventLoop, reload: Reload)?
        /// Reloads under way, and the number of the next.
        var waiting: [Int: EventLoopPromise<[String]>] = [:]
        var next = 0
    }

    private let state = NIOLockedValueBox(State())

    /// The node runs from now on.
    func open(on loop: any EventLoop, _ reload: @escaping Reload) {
        state.withLockedValue { $0.node = (loop, reload) }
    }

    /// The node stops: what is under way fails, for its loop may end before the file is read.
    func close() {
        let waiting = state.withLockedValue { state in
            defer { state.waiting = [:] }
            state.node = nil
            return state.waiting
        }
        for promise in waiting.values { promise.fail(NodeError("the node stops")) }
    }

    func reload() async throws -> [String] {
        // On a loop that outlives the node's.
        let promise = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: [String].self)
        let begun = state.withLockedValue { state -> (loop: any EventLoop, reload: Reload, number: Int)? in
            guard let node = state.node else { return nil }
            state.next += 1
            state.waiting[state.next] = promise
            return (node.loop, node.reload, state.next)
        }
        if let begun {
            begun.loop.execute {
                begun.reload { result in self.finish(begun.number, result.mapError { $0 as any Error }) }
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
