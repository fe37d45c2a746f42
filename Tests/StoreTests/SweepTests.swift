import Federation
import Foundation
import GRDB
import TandemCore
import Testing

@testable import Store

@Suite("values in the store that cannot be") struct SweepTests {
    /// A store with one good row in each table, then changed by somebody else.
    private func opened(_ change: String, _ body: (Store, [StoreEvent], DatabaseQueue) throws -> Void) async throws {
        let folder = try Folder()
        defer { folder.remove() }
        let lyon = try site("lyon"), rome = try site("rome")
        let store = try Store(path: folder.database)
        _ = try store.nextIncarnation(atLeast: 1_700_000_000)
        await store.write([
            .setPresence(user: "1", state: "away"), .copyChanges(lyon, [added("1", [:], [:]), added("2", [:], [:])]),
            .copyChanges(rome, [added("1", [:], [:])]),
            .position(lyon, incarnation: 5, sequence: 7, lastFresh: 1_700_000_000),
            .position(rome, incarnation: 5, sequence: 7, lastFresh: 1_700_000_000),
            .ledger(
                LedgerEntry(
                    key: try key("k"), origin: CommandOrigin(site: lyon, user: "1"), answer: .done(.empty),
                    unixTime: 1_700_000_000)),
            .callRecord(
                CallRecord(user: "1", direction: .missed, number: "1", name: "", start: 1_700_000_000, duration: 1)),
            .audit(
                AuditRecord(unixTime: 1_700_000_000, site: lyon, user: "1", action: "dial", target: "", outcome: "done")
            ),
        ])
        try store.close()
        let other = try DatabaseQueue(path: folder.database)
        try await other.writeWithoutTransaction { try $0.execute(sql: change) }
        let events = Locked<[StoreEvent]>([])
        let again = try Store(path: folder.database) { event in events.withLock { $0.append(event) } }
        try body(again, events.withLock { $0 }, other)
        // What was mended stays so.
        try again.close()
        events.withLock { $0 = [] }
        let third = try Store(path: folder.database) { event in events.withLock { $0.append(event) } }
        #expect(events.withLock { $0 }.isEmpty)
        try third.close()
        try other.close()
    }

    static let faults: [(change: String, table: String, row: String)] = [
        ("UPDATE node SET incarnation = -1", "node", "id=1"),
        ("UPDATE node SET incarnation = -9223372036854775808", "node", "id=1"),
        ("UPDATE node SET incarnation = 9223372036854775807", "node", "id=1"),
        ("UPDATE positions SET sequence = -1 WHERE site = 'lyon'", "positions", "site='lyon'"),
        ("UPDATE positions SET incarnation = -9223372036854775808 WHERE site = 'lyon'", "positions", "site='lyon'"),
        ("UPDATE positions SET incarnation = 0 WHERE site = 'lyon'", "positions", "site='lyon'"),
        ("UPDATE positions SET last_fresh = -1e300 WHERE site = 'lyon'", "positions", "site='lyon'"),
        ("UPDATE positions SET last_fresh = 9e999 WHERE site = 'lyon'", "positions", "site='lyon'"),
        ("UPDATE positions SET sequence = 'many' WHERE site = 'lyon'", "positions", "site='lyon'"),
        ("UPDATE positions SET site = 'ly on' WHERE site = 'lyon'", "positions", "site='ly on'"),
        ("UPDATE copies SET type = 999 WHERE site = 'lyon' AND id = '1'", "copies", "site='lyon' type=999 id='1'"),
        (
            "UPDATE copies SET type = 'phone' WHERE site = 'lyon' AND id = '1'", "copies",
            "site='lyon' type='phone' id='1'"
        ),
        ("UPDATE copies SET id = '' WHERE site = 'lyon' AND id = '1'", "copies", "site='lyon' type=2 id=''"),
        ("UPDATE copies SET config = x'7B22' WHERE site = 'lyon' AND id = '1'", "copies", "id='1'"),
        ("UPDATE copies SET status = '{}' WHERE site = 'lyon' AND id = '1'", "copies", "id='1'"),
        ("UPDATE objects SET value = 5", "objects", "field='availstate'"),
        ("UPDATE ledger SET time = -1e300", "ledger", "key='k'"),
        ("UPDATE ledger SET origin_site = 'no site'", "ledger", "key='k'"),
        ("UPDATE ledger SET answer = 17", "ledger", "key='k'"),
        ("UPDATE call_history SET start = -1e300", "call_history", "id=1"),
        ("UPDATE call_history SET direction = 77", "call_history", "id=1"),
        ("UPDATE audit SET time = 1e300", "audit", "id=1"),
        ("UPDATE audit SET site = x'00FF'", "audit", "id=1"),
    ]

    @Test("they are told with table and row, kept aside, and everything else is read", arguments: faults)
    func told(_ fault: (change: String, table: String, row: String)) async throws {
        try await opened(fault.change) { store, events, other in
            #expect(events.count == 1)
            guard case .setAside(fault.table, let row)? = events.first else {
                Issue.record("\(events)")
                return
            }
            #expect(row.contains(fault.row), "\(row)")
            let kept = try other.read { try String.fetchAll($0, sql: "SELECT source || ' ' || row FROM set_aside") }
            #expect(kept == ["\(fault.table) \(row)"])
            let life = try store.nextIncarnation(atLeast: 1_700_000_001)
            #expect(life == 1_700_000_001)
            let state = try store.load()
            let rome = try site("rome"), lyon = try site("lyon")
            #expect(state.copies[rome]?.count == 1 && state.positions[rome]?.sequence == 7)
            // A copy with a hole has no position, so that it is fetched whole.
            #expect((state.positions[lyon] == nil) == ["positions", "copies"].contains(fault.table))
            #expect((state.presences["1"] == nil) == (fault.table == "objects"))
            // A key that may have run stays known.
            #expect(state.ledger.map(\.key.text) == ["k"])
            #expect(state.ledger.allSatisfy { $0.unixTime > 1e9 && ($0.answer == nil) == (fault.table == "ledger") })
            #expect(try store.callHistory(user: nil, limit: 10).isEmpty == (fault.table == "call_history"))
            #expect(try store.auditLines(limit: 10).isEmpty == (fault.table == "audit"))
        }
    }

    @Test("of very many rows some are told and kept, and the rest is counted")
    func many() async throws {
        let change = """
            WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
            INSERT INTO call_history (id, user, direction, number, name, start, duration)
            SELECT i, '1', 2, '1', '', -1.0, 0.0 FROM n
            """
        try await opened(change) { store, events, other in
            #expect(events.count == 11 && events.last == .moreSetAside(2_499 - 10))
            let kept = try other.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM set_aside") }
            #expect(kept == Limits.setAside)
            #expect(try store.callHistory(user: nil, limit: 10_000).count == 1)
        }
    }

    @Test("all files of a store are its owner's only, also those that were open to others before")
    func modes() async throws {
        let folder = try Folder()
        defer { folder.remove() }
        func modes() throws -> [String: Int] {
            var modes: [String: Int] = [:]
            for end in ["", "-wal", "-shm", ".lock"] {
                modes[end] =
                    try FileManager.default.attributesOfItem(atPath: folder.database + end)[.posixPermissions] as? Int
            }
            return modes
        }
        let all = ["": 0o600, "-wal": 0o600, "-shm": 0o600, ".lock": 0o600]
        let store = try Store(path: folder.database)
        await store.write([.setPresence(user: "1", state: "away")])
        #expect(try modes() == all)
        try store.close()
        chmod(folder.database, 0o644)
        chmod(folder.database + ".lock", 0o644)
        let again = try Store(path: folder.database)
        await again.write([.setPresence(user: "1", state: "away")])
        #expect(try modes() == all)
        try again.close()
    }
}
