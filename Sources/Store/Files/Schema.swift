import GRDB

/// The tables, and how older files become current ones. The version stands in `user_version`.
enum Schema {
    /// `TAND` in `application_id`: tells our files from those of other programs.
    static let applicationID = 0x5441_4E44

    /// Each step brings a file one version further. Steps are never changed once they were released.
    private static let steps: [@Sendable (Database) throws -> Void] = [
        { db in
            try db.execute(
                sql: """
                    CREATE TABLE node (id INTEGER PRIMARY KEY CHECK (id = 1), incarnation INTEGER NOT NULL);
                    CREATE TABLE objects (
                        type INTEGER NOT NULL, id TEXT NOT NULL, field TEXT NOT NULL, value BLOB NOT NULL,
                        PRIMARY KEY (type, id, field)) WITHOUT ROWID;
                    CREATE TABLE copies (
                        site TEXT NOT NULL, type INTEGER NOT NULL, id TEXT NOT NULL, config BLOB NOT NULL,
                        status BLOB NOT NULL, PRIMARY KEY (site, type, id)) WITHOUT ROWID;
                    CREATE TABLE positions (
                        site TEXT PRIMARY KEY, incarnation INTEGER NOT NULL, sequence INTEGER NOT NULL,
                        last_fresh REAL NOT NULL) WITHOUT ROWID;
                    CREATE TABLE ledger (key TEXT PRIMARY KEY, answer BLOB, time REAL NOT NULL) WITHOUT ROWID;
                    CREATE INDEX ledger_time ON ledger (time);
                    CREATE TABLE call_history (
                        id INTEGER PRIMARY KEY, user TEXT NOT NULL, direction INTEGER NOT NULL, number TEXT NOT NULL,
                        name TEXT NOT NULL, start REAL NOT NULL, duration REAL NOT NULL);
                    CREATE INDEX call_history_user ON call_history (user, id);
                    CREATE TABLE audit (
                        id INTEGER PRIMARY KEY, time REAL NOT NULL, site TEXT NOT NULL, user TEXT NOT NULL,
                        action TEXT NOT NULL, target TEXT NOT NULL, outcome TEXT NOT NULL);
                    """)
        },
        // Who gave a command, so that nobody else is told how it ended. Older lines have no origin: their keys do not run
        // again, and nobody is answered from them.
        { db in
            try db.execute(
                sql: """
                    ALTER TABLE ledger ADD COLUMN origin_site TEXT;
                    ALTER TABLE ledger ADD COLUMN origin_user TEXT;
                    """)
        },
        // What a command was, so that its key is not taken for another one's. Older lines have none: any command of their
        // origin gets their answer, as before.
        { db in try db.execute(sql: "ALTER TABLE ledger ADD COLUMN digest INTEGER") },
        // Rows with values that cannot be.
        { db in
            try db.execute(
                sql: """
                    CREATE TABLE set_aside (
                        id INTEGER PRIMARY KEY, time TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, source TEXT NOT NULL,
                        row TEXT NOT NULL, content TEXT NOT NULL);
                    """)
        },
    ]

    /// The version that this program writes.
    static var version: Int { steps.count }

    /// Brings a file to the current version; refuses newer ones and those of other programs.
    static func migrate(_ db: Database, path: String) throws {
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        if tables > 0, application != applicationID { throw StoreError.foreign(path: path) }
        guard found <= version else { throw StoreError.newerSchema(path: path, found: found, known: version) }
        guard found < version else { return }
        try db.inTransaction(.immediate) {
            for step in steps[found...] { try step(db) }
            try db.execute(sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version)")
            return .commit
        }
    }
}
