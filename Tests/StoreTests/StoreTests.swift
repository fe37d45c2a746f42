import Federation
import Foundation
import GRDB
import TandemCore
import Testing

@testable import Store

@Suite("the store") struct StoreTests {
    @Test("everything that was written is found again after a restart") func roundTrip() async throws {
        let folder = try Folder()
        defer { folder.remove() }
        let lyon = try site("lyon"), rome = try site("rome")
        let store = try Store(path: folder.database)
        let entries = [
            LedgerEntry(
                key: try key("a"), origin: CommandOrigin(site: lyon, user: "5"),
                digest: CommandDigest(number: .max - 5),
                answer: .done(EncodedObject(["ipbxreply": "ok"])), unixTime: 10),
            LedgerEntry(key: try key("b"), origin: CommandOrigin(site: rome, user: ""), answer: nil, unixTime: 11),
            LedgerEntry(key: try key("c"), answer: .refused(reason: "no such phone", .empty), unixTime: 12),
        ]
        await store.write([
            .setPresence(user: "1", state: "away"), .setFeature(user: "1", name: "enablednd", value: true),
            .setFeature(user: "1", name: "destunc", value: "é\"102"),
            .copyChanges(lyon, [added("1", ["number": "101"], ["hintstatus": "0"]), added("2", [:], [:])]),
            .position(lyon, incarnation: 1 << 62, sequence: 1 << 62, lastFresh: 1.5e9),
            .copyChanges(rome, [added("1", ["x": [1, 2]], [:])]), .ledger(entries[0]), .ledger(entries[1]),
            .ledger(entries[2]), .incarnation(7),
        ])
        try store.close()

        let again = try Store(path: folder.database)
        let state = try again.load()
        try again.close()
        #expect(state.presences == ["1": "away"])
        #expect(state.features == ["1": ["enablednd": true, "destunc": "é\"102"]])
        #expect(
            state.copies == [
                lyon: [
                    StoredObject(
                        key: phone("1"), config: EncodedObject(["number": "101"]),
                        status: EncodedObject(["hintstatus": "0"])),
                    StoredObject(key: phone("2"), config: .empty, status: .empty),
                ],
                rome: [StoredObject(key: phone("1"), config: EncodedObject(["x": [1, 2]]), status: .empty)],
            ])
        #expect(state.positions == [lyon: StoredPosition(incarnation: 1 << 62, sequence: 1 << 62, lastFresh: 1.5e9)])
        #expect(state.ledger == entries)
        #expect(state.incarnation == 7)
    }

    @Test("patches are merged, whether they meet in memory or on the disk") func patches() async throws {
        let folder = try Folder()
        defer { folder.remove() }
        let lyon = try site("lyon")
        let store = try Store(path: folder.database)
        func status(_ id: String, _ patch: JSONObject) -> ObjectChange {
            .status(phone(id), patch: EncodedObject(patch))
        }
        await store.write([
            .copyChanges(lyon, [added("1", ["n": "1"], ["a": 1, "b": 1]), status("1", ["a": 2])]),
            .copyChanges(lyon, [added("2", [:], [:]), .removed(phone("2"))]),
        ])
        await store.write([
            .copyChanges(lyon, [status("1", ["b": 2]), .config(phone("1"), patch: EncodedObject(["n": "2"]))]),
            .copyChanges(lyon, [status("1", ["c": 3]), status("unknown", ["a": 1])]),
        ])
        #expect(
            try store.load().copies[lyon] == [
                StoredObject(
                    key: phone("1"), config: EncodedObject(["n": "2"]),
                    status: EncodedObject(["a": 2, "b": 2, "c": 3]))
            ])
        await store.write([.copyChanges(lyon, [.removed(phone("1"))])])
        #expect(try store.load().copies[lyon] == nil)
        try store.close()
    }

    @Test("forgetting a site takes its copy and position, and nothing of what follows") func forget() async throws {
        let folder = try Folder()
        defer { folder.remove() }
        let lyon = try site("lyon"), rome = try site("rome")
        let store = try Store(path: folder.database)
        await store.write([
            .copyChanges(lyon, [added("1", [:], [:])]), .copyChanges(rome, [added("1", [:], [:])]),
            .position(lyon, incarnation: 1, sequence: 1, lastFresh: 1),
        ])
        await store.write([.copyChanges(lyon, [added("2", [:], [:])]), .forgetSite(lyon)])
        var state = try store.load()
        #expect(state.copies.keys.sorted() == [rome])
        #expect(state.positions.isEmpty)
        await store.write([.forgetSite(rome), .copyChanges(rome, [added("9", [:], [:])])])
        state = try store.load()
        #expect(state.copies[rome]?.map(\.key) == [phone("9")])
        try store.close()
    }

    @Test("a ledger line is replaced by its answer, and old lines are trimmed") func ledger() async throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = try Store(path: folder.database)
        await store.write([.ledger(LedgerEntry(key: try key("a"), answer: nil, unixTime: 5))])
        let answered = LedgerEntry(key: try key("a"), answer: .unknown(at: try site("lyon")), unixTime: 6)
        await store.write([
            .ledger(answered), .ledger(LedgerEntry(key: try key("old"), answer: .done(.empty), unixTime: 1)),
            .trimLedger(before: 6),
        ])
        #expect(try store.load().ledger == [answered])
        try store.close()
    }

    @Test("a life number is never given twice") func incarnations() throws {
        let folder = try Folder()
        defer { folder.remove() }
        var store = try Store(path: folder.database)
        #expect(try store.nextIncarnation(atLeast: 100) == 100)
        #expect(try store.nextIncarnation(atLeast: 50) == 101)
        try store.close()
        store = try Store(path: folder.database)
        #expect(try store.nextIncarnation(atLeast: 0) == 102)
        store.enqueue([.incarnation(500), .incarnation(400)])
        try store.close()
        store = try Store(path: folder.database)
        #expect(try store.nextIncarnation(atLeast: 0) == 501)
        #expect(try store.nextIncarnation(atLeast: UInt64(Int64.max) + 10) == UInt64(Int64.max) + 10)
        #expect(try store.nextIncarnation(atLeast: 0) == UInt64(Int64.max) + 11)
        try store.close()
    }

    @Test("a user's calls come latest first, by direction, and only so many are kept") func history() async throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = try Store(path: folder.database)
        func call(_ user: String, _ number: Int, _ direction: CallRecord.Direction) -> CallRecord {
            CallRecord(
                user: user, direction: direction, number: "\(number)", name: "N", start: Double(number), duration: 1.5)
        }
        await store.write(
            StoreBatch((0..<1_005).map { .callRecord(call("1", $0, $0 % 2 == 0 ? .outgoing : .missed)) }))
        await store.write([.callRecord(call("2", 7, .answered))])
        #expect(
            try store.callHistory(user: "1", limit: 2) == [call("1", 1_004, .outgoing), call("1", 1_003, .missed)])
        #expect(try store.callHistory(user: "1", direction: .missed, limit: 1) == [call("1", 1_003, .missed)])
        #expect(try store.callHistory(user: "1", limit: 10_000).count == StoreWriting.callsPerUser)
        let answered = await withCheckedContinuation { continuation in
            store.callHistory(user: "2", limit: 5) { continuation.resume(returning: $0) }
        }
        #expect(try answered.get() == [call("2", 7, .answered)])
        try store.close()
    }

    @Test("audit lines are kept in order") func audit() async throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = try Store(path: folder.database)
        let lines = try (1...3).map {
            AuditRecord(
                unixTime: Double($0), site: try site("lyon"), user: "1", action: "hangup", target: "chan:paris/x",
                outcome: "done")
        }
        await store.write(StoreBatch(lines.map { .audit($0) }))
        #expect(try store.auditLines(limit: 2) == [lines[2], lines[1]])
        try store.close()
    }

    @Test("closing writes what waits; later batches are reported") func closing() async throws {
        let folder = try Folder()
        defer { folder.remove() }
        let events = Locked<[StoreEvent]>([])
        let store = try Store(path: folder.database, options: StoreOptions(groupingDelay: 3_600)) { event in
            events.withLock { $0.append(event) }
        }
        store.enqueue([.setPresence(user: "1", state: "away")])
        try store.close()
        store.enqueue([.setPresence(user: "1", state: "here")])
        try store.close()
        #expect(events.withLock { $0 } == [.ignoredAfterClose])
        let again = try Store(path: folder.database)
        #expect(try again.load().presences == ["1": "away"])
        try again.close()
    }

    @Test("answers of every kind survive their coding, and damaged ones are not believed") func answers() throws {
        let lyon = try site("lyon")
        let answers: [CommandAnswer] = [
            .done(EncodedObject(["a": "é"])), .done(.empty), .refused(reason: "why\n", EncodedObject(["b": 1])),
            .notDelivered(reason: .noRoute, at: lyon), .notDelivered(reason: .tooManyHops, at: lyon),
            .unknown(at: lyon),
        ]
        for answer in answers {
            let bytes = AnswerCoding.encode(answer)
            #expect(AnswerCoding.decode(bytes) == answer)
            for length in 0..<bytes.count { #expect(AnswerCoding.decode(Array(bytes[..<length])) == nil) }
            #expect(AnswerCoding.decode(bytes + [0]) == nil)
            #expect(AnswerCoding.decode([9] + bytes.dropFirst()) == nil)
        }
    }

    @Test("many threads may enqueue at once") func concurrency() async throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = try Store(path: folder.database)
        await withTaskGroup(of: Void.self) { group in
            for user in 0..<8 {
                group.addTask {
                    for state in 0..<200 { store.enqueue([.setPresence(user: "\(user)", state: "\(state)")]) }
                }
            }
        }
        await store.write([])
        let presences = try store.load().presences
        #expect(presences.count == 8)
        #expect(presences.values.allSatisfy { $0 == "199" })
        #expect(store.health.commits <= 1_601)
        try store.close()
    }
}
