import NIOCore
import NIOEmbedded
import TandemCore
import Testing

@testable import TandemNode

@Suite("The clients' room") struct ClientRoomTests {
    @Test("a client that catches up is told what it has missed once, piece by piece, however often it has room again")
    func oneChain() throws {
        let quiet = try QuietShell()
        let (channel, connection) = try quiet.connect()
        try quiet.logIn("alice", on: channel)
        connection.isLagging = true
        quiet.shell.core.clientLags(connection.client)
        quiet.addUsers(1_200)
        quiet.loop.advanceTime(by: .seconds(1))
        #expect(try quiet.lines(of: channel).isEmpty, "a client that lags gets no pushes")

        func told() throws -> [String] {
            try quiet.lines(of: channel).filter { $0["function"] == "updateconfig" }.compactMap {
                $0["tid"]?.stringValue
            }
        }
        quiet.shell.clients.catchUp(connection)
        let first = try told()
        #expect(first.count == 1_000 && connection.isLagging)
        // Its socket fills and empties again before the next piece is due.
        for _ in 0..<3 {
            quiet.shell.clients.catchUp(connection)
            #expect(try told().isEmpty, "a second chain has begun")
        }
        quiet.loop.advanceTime(by: .milliseconds(5))
        let second = try told()
        #expect(second.count == 200 && !connection.isLagging)
        #expect(Set(first + second).count == 1_200)
        quiet.addUsers(1_201)
        quiet.loop.advanceTime(by: .seconds(1))
        let pushed = try quiet.text(of: channel)
        #expect(pushed.contains("11201") && !pushed.contains("11200"), "pushes have begun again: \(pushed)")
    }

    @Test("a client that is gone, or that does not lag, is told nothing more")
    func nothingMissed() throws {
        let quiet = try QuietShell()
        let (channel, connection) = try quiet.connect()
        try quiet.logIn("alice", on: channel)
        quiet.shell.clients.catchUp(connection)
        #expect(try quiet.lines(of: channel).isEmpty)
        connection.isLagging = true
        quiet.shell.core.clientLags(connection.client)
        quiet.addUsers(1)
        #expect(!quiet.shell.clients.isEmpty)
        _ = try channel.finish()
        quiet.shell.clients.catchUp(connection)
        #expect(connection.isLagging && quiet.shell.clients.isEmpty)
    }
}
