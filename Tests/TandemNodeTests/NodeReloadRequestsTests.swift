import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

@testable import TandemNode

@Suite("Requests for a reload", .timeLimit(.minutes(1))) struct NodeReloadRequestsTests {
    private typealias Done = NodeReloadRequests.Done

    @Test("what came of a reload is what the caller gets", arguments: [nil, "the file is faulty"])
    func answered(_ refusal: String?) async throws {
        let requests = NodeReloadRequests()
        requests.open(on: MultiThreadedEventLoopGroup.singleton.next()) { done in
            done(refusal.map { .failure(NodeError($0)) } ?? .success(["users: 1 changed"]))
        }
        for _ in 1...2 {
            if let refusal {
                let error = await #expect(throws: NodeError.self) { try await requests.reload() }
                #expect(error?.description == refusal)
            } else {
                #expect(try await requests.reload() == ["users: 1 changed"])
            }
        }
    }

    @Test("a node that does not run yet, or no longer, has nothing to reload")
    func notRunning() async throws {
        let requests = NodeReloadRequests()
        func refused() async {
            let error = await #expect(throws: NodeError.self) { try await requests.reload() }
            #expect(error?.description.contains("does not run") == true)
        }
        await refused()
        requests.open(on: MultiThreadedEventLoopGroup.singleton.next()) { $0(.success([])) }
        #expect(try await requests.reload() == [])
        requests.close()
        await refused()
    }

    @Test("a request that outlives the node is refused, though nobody reads its file any more")
    func outlives() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let requests = NodeReloadRequests()
        let kept = NIOLockedValueBox<[Done]>([])
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        requests.open(on: group.next()) { done in
            kept.withLockedValue { $0.append(done) }
            begin.yield()
        }
        let errors = NIOLockedValueBox<[String]>([])
        for _ in 1...2 {
            Task {
                do { _ = try await requests.reload() } catch { errors.withLockedValue { $0.append("\(error)") } }
            }
        }
        var beginnings = begun.makeAsyncIterator()
        for _ in 1...2 { _ = await beginnings.next() }
        requests.close()
        try await group.shutdownGracefully()
        try await eventually("both are answered") { errors.withLockedValue { $0.count } == 2 }
        #expect(errors.withLockedValue { $0 } == ["the node stops", "the node stops"])
        // Its answer comes too late, and does no harm.
        for done in kept.withLockedValue({ $0 }) { done(.success([])) }
    }
}
