import Federation
import Foundation
import GRDB
import TandemCore

/// Writes and reads the tables. Runs within a transaction of the store.
enum StoreWriting {
    /// Calls that are kept per user.
    static let callsPerUser = Limits.callsPerUser
    /// Audit lines that are kept.
    static let auditLines = Limits.auditLines

    static func write(_ pending: PendingWrites, _ db: Database) throws {
        try writeObjects(pending, db)
        for (site, copy) in pending.copies { try write(copy, of: site, db) }
        if !pending.ledger.isEmpty {
            let statement = try db.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO ledger (key, answer, time, origin_site, origin_user, digest)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """)
            for entry in pending.ledger.values {
                try statement.execute(arguments: [
                    entry.key.text, entry.answer.map { Data(AnswerCoding.encode($0)) }, entry.unixTime,
                    entry.origin?.site.name, entry.origin?.user,
                    entry.digest.map { Int64(bitPattern: $0.number) },
                ])
            }
        }
        if let before = pending.trimLedger {
            try db.cachedStatement(sql: "DELETE FROM ledger WHERE time < ?").execute(arguments: [before])
        }
        if let number = pending.incarnation { try raiseIncarnation(to: number, db) }
        try writeRecords(pending, db)
    }

    private static func writeObjects(_ pending: PendingWrites, _ db: Database) throws {
        let type = Int(ObjectType.user.rawValue)
        let set = try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO objects (type, id, field, value) VALUES (?, ?, ?, ?)")
        for (user, state) in pending.presences {
            try set.execute(arguments: [type, user, "availstate", Data(state.utf8)])
        }
        for (feature, value) in pending.features {
            let field = "feature:" + feature.name
            if let value {
                try set.execute(arguments: [type, feature.user, field, Data(value.encoded())])
            } else {
                try db.cachedStatement(sql: "DELETE FROM objects WHERE type = ? AND id = ? AND field = ?")
                    .execute(arguments: [type, feature.user, field])
            }
        }
    }

    private static func write(_ copy: PendingWrites.Copy, of site: SiteID, _ db: Database) throws {
        let name = site.name
        if copy.isCleared {
            try db.cachedStatement(sql: "DELETE FROM copies WHERE site = ?").execute(arguments: [name])
            try db.cachedStatement(sql: "DELETE FROM positions WHERE site = ?").execute(arguments: [name])
        }
        let put = try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO copies (site, type, id, config, status) VALUES (?, ?, ?, ?, ?)")
        let get = try db.cachedStatement(
            sql: "SELECT config, status FROM copies WHERE site = ? AND type = ? AND id = ?")
        let delete = try db.cachedStatement(sql: "DELETE FROM copies WHERE site = ? AND type = ? AND id = ?")
        for (key, edit) in copy.edits {
            let type = Int(key.type.rawValue)
            switch edit {
            case .whole(let config, let status):
                try put.execute(arguments: [name, type, key.id, Data(config.bytes), Data(status.bytes)])
            case .patch(let config, let status):
                guard let row = try Row.fetchOne(get, arguments: [name, type, key.id]) else { continue }
                try put.execute(arguments: [
                    name, type, key.id, Data(try object(row, 0).merging(config).bytes),
                    Data(try object(row, 1).merging(status).bytes),
                ])
            case .removed: try delete.execute(arguments: [name, type, key.id])
            }
        }
        if let position = copy.position {
            try db.cachedStatement(
                sql: "INSERT OR REPLACE INTO positions (site, incarnation, sequence, last_fresh) VALUES (?, ?, ?, ?)"
            ).execute(arguments: [
                name, Int64(bitPattern: position.incarnation), Int64(bitPattern: position.sequence),
                position.lastFresh,
            ])
        }
    }

    private static func writeRecords(_ pending: PendingWrites, _ db: Database) throws {
        if !pending.calls.isEmpty {
            let insert = try db.cachedStatement(
                sql:
                    "INSERT INTO call_history (user, direction, number, name, start, duration) VALUES (?, ?, ?, ?, ?, ?)"
            )
            for call in pending.calls {
                try insert.execute(arguments: [
                    call.user, call.direction.rawValue, call.number, call.name, call.start, call.duration,
                ])
            }
            let trim = try db.cachedStatement(
                sql: """
                    DELETE FROM call_history WHERE user = ?1 AND id <= (
                        SELECT id FROM call_history WHERE user = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
                    """)
            for user in Set(pending.calls.map(\.user)) { try trim.execute(arguments: [user, callsPerUser]) }
        }
        if !pending.audit.isEmpty {
            let insert = try db.cachedStatement(
                sql: "INSERT INTO audit (time, site, user, action, target, outcome) VALUES (?, ?, ?, ?, ?, ?)")
            for line in pending.audit {
                try insert.execute(arguments: [
                    line.unixTime, line.site.name, line.user, line.action, line.target, line.outcome,
                ])
            }
            try db.cachedStatement(sql: "DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?")
                .execute(arguments: [auditLines])
        }
    }

    // MARK: incarnation

    static func incarnation(_ db: Database) throws -> UInt64 {
        UInt64(bitPattern: try Int64.fetchOne(db, sql: "SELECT incarnation FROM node WHERE id = 1") ?? 0)
    }

    static func raiseIncarnation(to number: UInt64, _ db: Database) throws {
        guard try number > incarnation(db) else { return }
        try db.execute(
            sql: "INSERT OR REPLACE INTO node (id, incarnation) VALUES (1, ?)",
            arguments: [Int64(bitPattern: number)])
    }

    // MARK: reading

    static func load(_ db: Database) throws -> StoredState {
        var state = StoredState()
        state.incarnation = try incarnation(db)
        let fields = try Row.fetchCursor(
            db, sql: "SELECT id, field, value FROM objects WHERE type = ?", arguments: [Int(ObjectType.user.rawValue)])
        while let row = try fields.next() {
            let user: String = row[0], field: String = row[1]
            let value = try bytes(row, 2)
            if field == "availstate" {
                state.presences[user] = String(decoding: value, as: UTF8.self)
            } else if field.hasPrefix("feature:"), let value = try? JSONValue(parsing: value) {
                state.features[user, default: JSONObject()][String(field.dropFirst(8))] = value
            }
        }
        try loadCopies(db, into: &state)
        let positions = try Row.fetchCursor(db, sql: "SELECT site, incarnation, sequence, last_fresh FROM positions")
        while let row = try positions.next() {
            guard let site = SiteID(row[0] as String) else { continue }
            state.positions[site] = StoredPosition(
                incarnation: UInt64(bitPattern: row[1]), sequence: UInt64(bitPattern: row[2]), lastFresh: row[3])
        }
        let ledger = try Row.fetchCursor(
            db, sql: "SELECT key, answer, time, origin_site, origin_user, digest FROM ledger ORDER BY time, key")
        while let row = try ledger.next() {
            guard let key = IdempotencyKey(row[0] as String) else { continue }
            // A line whose answer cannot be read counts as begun: its command does not run again.
            let answer = row.hasNull(atIndex: 1) ? nil : AnswerCoding.decode(try bytes(row, 1))
            let origin = (row[3] as String?).flatMap { SiteID($0) }.flatMap { site in
                (row[4] as String?).map { CommandOrigin(site: site, user: $0) }
            }
            let digest = (row[5] as Int64?).map { CommandDigest(number: UInt64(bitPattern: $0)) }
            state.ledger.append(
                LedgerEntry(key: key, origin: origin, digest: digest, answer: answer, unixTime: row[2]))
        }
        return state
    }

    private static func loadCopies(_ db: Database, into state: inout StoredState) throws {
        let rows = try Row.fetchCursor(db, sql: "SELECT site, type, id, config, status FROM copies ORDER BY site")
        var site: SiteID?
        var objects: [StoredObject] = []
        while let row = try rows.next() {
            let name: String = row[0]
            if name != site?.name {
                if let site { state.copies[site] = objects }
                objects = []
                site = SiteID(name)
            }
            guard let raw = UInt8(exactly: row[1] as Int), let type = ObjectType(rawValue: raw) else { continue }
            objects.append(
                StoredObject(key: ObjectKey(type, row[2]), config: try object(row, 3), status: try object(row, 4)))
        }
        if let site { state.copies[site] = objects }
    }

    private static func bytes(_ row: Row, _ index: Int) throws -> [UInt8] {
        try row.withUnsafeData(atIndex: index) { Array($0 ?? Data()) }
    }

    /// What we wrote ourselves is not parsed again; what is obviously no object counts as empty.
    private static func object(_ row: Row, _ index: Int) throws -> EncodedObject {
        let bytes = try bytes(row, index)
        guard bytes.count >= 2, bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") else { return .empty }
        return EncodedObject(trusted: bytes)
    }
}
