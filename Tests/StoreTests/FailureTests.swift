import Federation
import Foundation
import GRDB
import TandemCore
import Testing

@testable import Store

@Suite("the store when things go wrong") struct FailureTests {
    @Test("what was acknowledged survives a killed process", .timeLimit(.minutes(1)))
    func crash() async throws {
        let folder = try Folder()
        defer { folder.remove() }
        let lyon = try site("lyon")
        let store = try Store(path: folder.database)
        let snapshots = Locked<[(Int, String)]>([])
        for number in 1...40 {
            let entry = LedgerEntry(key: try key("k\(number)"), answer: nil, unixTime: Double(number))
            let batch: StoreBatch = [
                .ledger(entry), .setPresence(user: "1", state: "\(number)"),
                .copyChanges(lyon, [added("\(number)", [:], [:])]),
                .position(lyon, incarnation: 1, sequence: UInt64(number), lastFresh: 0),
            ]
            store.enqueue(
                batch,
                whenDurable: {
                    // On the writer's thread, right after the commit: nothing later is in the files.
                    guard let copy = try? folder.snapshot("copy-\(number)") else { return }
                    snapshots.withLock { $0.append((number, copy)) }
                })
            if number % 3 == 0 { await store.write([]) }
        }
        await store.write([])
        let taken = snapshots.withLock { $0 }
        #expect(taken.map(\.0) == Array(1...40), "every callback came, in order")
        for (number, copy) in taken {
            let survivor = try Store(path: copy)
            let state = try survivor.load()
            try survivor.close()
            let keys = Set(state.ledger.map(\.key.text))
            #expect((1...number).allSatisfy { keys.contains("k\($0)") })
            let position = try #require(state.positions[lyon])
            #expect(position.sequence >= UInt64(number))
            #expect(
                state.copies[lyon]?.count == Int(position.sequence), "the copy is exactly as far as its position says")
            #expect(state.presences["1"].flatMap { Int($0) } == Int(position.sequence))
        }
        try store.close()
    }

    @Test("a second process is told who has the store") func locked() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = try Store(path: folder.database)
        #expect(throws: StoreError.locked(path: folder.database, process: getpid())) {
            try Store(path: folder.database)
        }
        try store.close()
        try Store(path: folder.database).close()
    }

    @Test("a file that is no database, and one of another program, are left alone") func otherFiles() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let text = String(repeating: "not a database\n", count: 50)
        try text.write(toFile: folder.database, atomically: true, encoding: .utf8)
        #expect(
            throws: StoreError.corrupt(path: folder.database, detail: "it does not begin as an SQLite file does")
        ) { try Store(path: folder.database) }
        #expect(try String(contentsOfFile: folder.database, encoding: .utf8) == text)

        let foreign = folder.path + "/other.sqlite"
        let other = try DatabaseQueue(path: foreign)
        try other.write { try $0.execute(sql: "CREATE TABLE notes (text TEXT)") }
        try other.close()
        #expect(throws: StoreError.foreign(path: foreign)) { try Store(path: foreign) }
    }

    @Test("a newer schema is refused with both versions") func newerSchema() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try Store(path: folder.database).close()
        let newer = try DatabaseQueue(path: folder.database)
        try newer.write { try $0.execute(sql: "PRAGMA user_version = 99") }
        try newer.close()
        #expect(throws: StoreError.newerSchema(path: folder.database, found: 99, known: Schema.version)) {
            try Store(path: folder.database)
        }
    }

    @Test(
        "a file of an older schema is brought up to date; its ledger lines stay, without what was not kept",
        arguments: [1, 2])
    func olderSchema(version: Int) throws {
        let folder = try Folder()
        defer { folder.remove() }
        try Store(path: folder.database).close()
        let old = try DatabaseQueue(path: folder.database)
        try old.write { db in
            try db.execute(sql: "DROP TABLE set_aside; ALTER TABLE ledger DROP COLUMN digest")
            if version == 1 {
                try db.execute(
                    sql: """
                        ALTER TABLE ledger DROP COLUMN origin_site;
                        ALTER TABLE ledger DROP COLUMN origin_user;
                        INSERT INTO ledger (key, answer, time) VALUES ('old', NULL, 5);
                        """)
            } else {
                try db.execute(
                    sql: """
                        INSERT INTO ledger (key, answer, time, origin_site, origin_user)
                        VALUES ('old', NULL, 5, 'rome', '7');
                        """)
            }
            try db.execute(sql: "PRAGMA user_version = \(version)")
        }
        try old.close()
        let store = try Store(path: folder.database)
        defer { try? store.close() }
        let origin = version == 1 ? nil : CommandOrigin(site: try site("rome"), user: "7")
        #expect(
            try store.load().ledger == [LedgerEntry(key: try key("old"), origin: origin, answer: nil, unixTime: 5)])
    }

    @Test("a folder that is not there is named") func noFolder() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let path = folder.path + "/missing/tandem.sqlite"
        #expect(
            throws: StoreError.cannotOpen(path: path, reason: "\(path).lock: No such file or directory")
        ) { try Store(path: path) }
    }

    @Test("damaged pages are reported, and the file can be set aside") func damage() async throws {
        let folder = try Folder()
        defer { folder.remove() }
        let lyon = try site("lyon")
        let store = try Store(path: folder.database)
        let text = JSONValue.string(String(repeating: "x", count: 500))
        await store.write([.copyChanges(lyon, (0..<500).map { added("\($0)", ["t": text], [:]) })])
        try store.close()
        let handle = try #require(FileHandle(forUpdatingAtPath: folder.database))
        let size = try handle.seekToEnd()
        for page in stride(from: UInt64(4096), to: size, by: 4096) {
            try handle.seek(toOffset: page)
            try handle.write(contentsOf: Data(repeating: 0xEE, count: 64))
        }
        try handle.close()
        var found: StoreError?
        do throws(StoreError) {
            let damaged = try Store(path: folder.database)
            defer { try? damaged.close() }
            _ = try damaged.load()
        } catch { found = error }
        guard case .corrupt(folder.database, _)? = found else {
            Issue.record("expected corrupt, got \(String(describing: found))")
            return
        }
        // What the message says to do.
        #expect(found?.description.contains("move the file away") == true)
        for end in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: folder.database + end) {
            try FileManager.default.moveItem(atPath: folder.database + end, toPath: folder.database + ".damaged" + end)
        }
        let fresh = try Store(path: folder.database)
        #expect(try fresh.load() == StoredState())
        try fresh.close()
    }

    @Test(
        "a store that another process holds is closed all the same, and says what it could not write",
        .timeLimit(.minutes(1)))
    func held() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = try Store(path: folder.database)
        var open = Configuration()
        open.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: folder.database, configuration: open)
        try other.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
        store.enqueue([.setPresence(user: "1", state: "away")], whenDurable: {})
        #expect(throws: StoreError.self) { try store.close() }
        try other.inDatabase { try $0.execute(sql: "ROLLBACK") }
    }

    @Test("a full disk holds writes and callbacks back, says so once, and recovers", .timeLimit(.minutes(1)))
    func fullDisk() async throws {
        let folder = try Folder()
        defer { folder.remove() }
        let lyon = try site("lyon")
        let (events, continuation) = AsyncStream.makeStream(of: StoreEvent.self)
        let store = try Store(path: folder.database) { continuation.yield($0) }
        // SQLite's own limit gives the same error as a full disk.
        func limitPages(_ count: Int) throws {
            _ = try store.pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA max_page_count = \(count)") }
        }
        try limitPages(1)
        let durable = Locked(false)
        let text = JSONValue.string(String(repeating: "x", count: 1_000))
        store.enqueue(
            [.copyChanges(lyon, (0..<200).map { added("\($0)", ["t": text], [:]) })],
            whenDurable: { durable.withLock { $0 = true } })
        var iterator = events.makeAsyncIterator()
        #expect(await iterator.next() == .unwritable(.full(path: folder.database)))
        #expect(store.health.error == .full(path: folder.database))
        #expect(store.health.waiting == 200)
        #expect(!durable.withLock { $0 })
        #expect(try store.load().copies.isEmpty, "reading goes on")

        try limitPages(1_000_000)
        await store.write([.setPresence(user: "1", state: "away")])
        #expect(durable.withLock { $0 }, "earlier callbacks come before later ones")
        #expect(await iterator.next() == .writable)
        let state = try store.load()
        #expect(state.copies[lyon]?.count == 200)
        #expect(state.presences == ["1": "away"])
        #expect(store.health.error == nil)
        try store.close()
    }

    @Test("when too much waits, a copy is given up whole and can be sent anew") func overflow() async throws {
        let folder = try Folder()
        defer { folder.remove() }
        let lyon = try site("lyon"), rome = try site("rome")
        let events = Locked<[StoreEvent]>([])
        let store = try Store(path: folder.database, options: StoreOptions(queueLimit: 10, groupingDelay: 3_600)) {
            event in events.withLock { $0.append(event) }
        }
        await store.write([
            .copyChanges(lyon, [added("old", [:], [:])]), .position(lyon, incarnation: 1, sequence: 1, lastFresh: 0),
        ])
        // Holds the writer, so that what is enqueued stays in memory.
        let gate = DispatchSemaphore(value: 0)
        store.enqueue([.setPresence(user: "1", state: "away")], whenDurable: { gate.wait() })
        store.enqueue([.copyChanges(rome, [added("1", [:], [:])])])
        store.enqueue([.copyChanges(lyon, (0..<20).map { added("\($0)", [:], [:]) })])
        store.enqueue([.copyChanges(lyon, [added("21", [:], [:])])])
        store.enqueue([.position(lyon, incarnation: 1, sequence: 22, lastFresh: 0)])
        gate.signal()
        await store.write([])
        #expect(events.withLock { $0 } == [.copyDropped(lyon)])
        #expect(store.health.droppedCopies == 1)
        var state = try store.load()
        #expect(state.copies.keys.sorted() == [rome], "no half copy stays")
        #expect(state.positions.isEmpty, "no position without its copy")

        await store.write([
            .forgetSite(lyon), .copyChanges(lyon, [added("1", [:], [:])]),
            .position(lyon, incarnation: 1, sequence: 30, lastFresh: 0),
        ])
        state = try store.load()
        #expect(state.copies[lyon]?.count == 1)
        #expect(state.positions[lyon]?.sequence == 30)
        try store.close()
    }

    @Test("when too many records wait, audit lines and then calls are given up, and both are counted")
    func overflowOfRecords() async throws {
        let folder = try Folder()
        defer { folder.remove() }
        let paris = try site("paris")
        let events = Locked<[StoreEvent]>([])
        let store = try Store(path: folder.database, options: StoreOptions(queueLimit: 10, groupingDelay: 3_600)) {
            event in events.withLock { $0.append(event) }
        }
        let gate = DispatchSemaphore(value: 0)
        store.enqueue([.setPresence(user: "1", state: "away")], whenDurable: { gate.wait() })
        func audit(_ number: Int) -> StoreOperation {
            .audit(
                AuditRecord(
                    unixTime: Double(number), site: paris, user: "1", action: "dial", target: "", outcome: "done"))
        }
        func call(_ number: Int) -> StoreOperation {
            .callRecord(
                CallRecord(
                    user: "1", direction: .missed, number: "\(number)", name: "", start: Double(number), duration: 0))
        }
        store.enqueue(StoreBatch((1...3).map(audit) + (1...12).map(call)))
        #expect(store.health.droppedAuditLines == 3 && store.health.droppedCalls == 2)
        store.enqueue([audit(4)])
        gate.signal()
        await store.write([])
        #expect(
            events.withLock { $0 } == [
                .recordsDropped(calls: 2, auditLines: 3), .recordsDropped(calls: 0, auditLines: 1),
            ])
        let health = store.health
        #expect(health.droppedAuditLines == 4 && health.droppedCalls == 2 && health.droppedCopies == 0)
        #expect(try store.callHistory(user: "1", limit: 100).map(\.number) == (3...12).reversed().map { "\($0)" })
        #expect(try store.auditLines(limit: 100).isEmpty)
        try store.close()
    }
}
