import GRDB
import TandemCore

/// Looks through the tables at the start for values that cannot be: whatever wrote them, they must neither end the program
/// nor count. Such rows are set aside in a table of their own, and what they held is had again from its home, or begins anew.
enum Sweep {
    /// What holds of every row of a table that this program wrote.
    struct Rule {
        let table: String
        /// The columns that name a row.
        let key: [String]
        /// The columns that are kept when a row is set aside, besides the key.
        let others: [String]
        /// In SQL; what is not true is set aside.
        let holds: String
    }

    /// Beyond the year 5000 there are no dates; before 1970 neither.
    private static func moment(_ column: String) -> String {
        "typeof(\(column)) = 'real' AND \(column) BETWEEN 0 AND 1e11"
    }
    /// A life's number, and a position in its log: as between nodes.
    private static func natural(_ column: String) -> String {
        "typeof(\(column)) = 'integer' AND \(column) BETWEEN 0 AND 4611686018427387904"
    }
    private static func text(_ column: String, _ bytes: ClosedRange<Int> = 0...Int(Int32.max)) -> String {
        "typeof(\(column)) = 'text' AND length(CAST(\(column) AS BLOB)) BETWEEN \(bytes.lowerBound) AND \(bytes.upperBound)"
    }
    private static func site(_ column: String) -> String {
        text(column, 1...Limits.siteID) + " AND \(column) NOT GLOB '*[^A-Za-z0-9._-]*'"
    }
    private static func object(_ column: String) -> String {
        "typeof(\(column)) = 'blob' AND substr(\(column), 1, 1) = x'7B' AND json_valid(CAST(\(column) AS TEXT))"
    }
    private static func among(_ column: String, _ numbers: some Sequence<Int>) -> String {
        "typeof(\(column)) = 'integer' AND \(column) IN (\(numbers.map(String.init).joined(separator: ", ")))"
    }

    static let rules: [Rule] = {
        let types = among("type", ObjectType.allCases.map { Int($0.rawValue) })
        return [
            Rule(table: "node", key: ["id"], others: ["incarnation"], holds: natural("incarnation")),
            Rule(
                table: "objects", key: ["type", "id", "field"], others: ["value"],
                holds: [types, text("id", 1...Limits.objectID), text("field"), "typeof(value) = 'blob'"].joined(
                    separator: " AND ")),
            Rule(
                table: "copies", key: ["site", "type", "id"], others: ["config", "status"],
                holds: [
                    site("site"), types, text("id", 1...Limits.objectID), object("config"), object("status"),
                ].joined(separator: " AND ")),
            Rule(
                table: "positions", key: ["site"], others: ["incarnation", "sequence", "last_fresh"],
                holds: [
                    site("site"), natural("incarnation"), "incarnation > 0", natural("sequence"), moment("last_fresh"),
                ].joined(separator: " AND ")),
            Rule(
                table: "ledger", key: ["key"], others: ["time", "origin_site", "origin_user"],
                holds: [
                    text("key", 1...Limits.federationKey), "key NOT GLOB '*[^!-~]*'", moment("time"),
                    "typeof(answer) IN ('blob', 'null')", "(origin_site IS NULL OR (\(site("origin_site"))))",
                    "typeof(origin_user) IN ('text', 'null')",
                ].joined(separator: " AND ")),
            Rule(
                table: "call_history", key: ["id"],
                others: ["user", "direction", "number", "name", "start", "duration"],
                holds: [
                    text("user"), among("direction", CallRecord.Direction.allCases.map(\.rawValue)), text("number"),
                    text("name"), moment("start"), moment("duration"),
                ].joined(separator: " AND ")),
            Rule(
                table: "audit", key: ["id"], others: ["time", "site", "user", "action", "target", "outcome"],
                holds: [
                    moment("time"), site("site"), text("user"), text("action"), text("target"), text("outcome"),
                ].joined(separator: " AND ")),
        ]
    }()

    /// A row that was set aside.
    struct Found: Hashable {
        let table: String
        /// `site='lyon'`.
        let row: String
    }

    /// Sets aside what breaks a rule; gives what that was, at most `Limits.setAside` rows, and how many there were in all.
    static func run(_ db: Database) throws -> (found: [Found], count: Int) {
        var found: [Found] = []
        var count = 0
        try db.inTransaction(.immediate) {
            for rule in rules {
                // What is NULL is not true either.
                let bad = "(\(rule.holds)) IS NOT TRUE"
                guard try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM \(rule.table) WHERE \(bad))") == true
                else { continue }
                let name = shown(rule.key)
                let rows = try Row.fetchAll(
                    db, sql: "SELECT \(name) FROM \(rule.table) WHERE \(bad) LIMIT ?", arguments: [Limits.setAside])
                found += rows.prefix(Limits.setAside - found.count).map { Found(table: rule.table, row: $0[0] ?? "") }
                try db.execute(
                    sql: """
                        INSERT INTO set_aside (source, row, content)
                        SELECT ?1, \(name), \(shown(rule.others)) FROM \(rule.table) WHERE \(bad) LIMIT ?2
                        """, arguments: [rule.table, Limits.setAside])
                if rule.table == "copies" {
                    // A copy with a hole is no copy: without its position it is fetched whole.
                    try db.execute(
                        sql: "DELETE FROM positions WHERE site IN (SELECT site FROM copies WHERE \(bad))")
                }
                if rule.table == "ledger" {
                    // A key that may have run must not run again: it stays, as one that was interrupted just now.
                    try db.execute(
                        sql: """
                            INSERT OR REPLACE INTO ledger (key, answer, time)
                            SELECT key, NULL, CAST(strftime('%s', 'now') AS REAL) FROM ledger
                            WHERE \(bad) AND \(text("key", 1...Limits.federationKey)) AND key NOT GLOB '*[^!-~]*'
                            """)
                }
                try db.execute(sql: "DELETE FROM \(rule.table) WHERE \(bad)")
                count += db.changesCount
            }
            if count > 0 {
                try db.execute(
                    sql: "DELETE FROM set_aside WHERE id <= (SELECT max(id) FROM set_aside) - ?",
                    arguments: [Limits.setAside])
            }
            return .commit
        }
        return (found, count)
    }

    /// The columns as one text, `site='lyon' sequence=-1`, of bounded length.
    private static func shown(_ columns: [String]) -> String {
        columns.map { "'\($0)=' || substr(quote(\($0)), 1, 200)" }.joined(separator: " || ' ' || ")
    }
}
