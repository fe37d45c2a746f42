import NIOConcurrencyHelpers
import NIOCore

/// The way for reloads from outside (a signal, a test) onto the loop of a node, as long as it runs.
final class NodeReloadRequests: Sendable {
    private let assembly = NIOLockedValueBox<NIOLoopBound<NodeAssembly>?>(nil)

    /// The node runs from now on.
    func open(_ running: NIOLoopBound<NodeAssembly>) { assembly.withLockedValue { $0 = running } }

    /// The node stops.
    func close() { assembly.withLockedValue { $0 = nil } }

    func reload() async throws -> [String] {
        guard let running = assembly.withLockedValue({ $0 }) else {
            throw NodeError("the node does not run, so there is nothing to reload")
        }
        let promise = running.eventLoop.makePromise(of: [String].self)
        running.eventLoop.execute { running.value.reload { promise.completeWith($0.mapError { $0 as any Error }) } }
        return try await promise.futureResult.get()
    }
}
