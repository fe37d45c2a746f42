import ArgumentParser
import Foundation
import TandemCore
import TandemNode

struct History: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the last calls of a site's users, latest first.",
        discussion: "Example: tandem history -c tandem.yaml --user 5 --direction missed")
    @OptionGroup var node: NodeOptions
    @Option(help: "Only this user's (the id).") var user: String?
    @Option(help: "Only these: outgoing, answered, missed.") var direction: String?
    @Option(help: "At most this many.") var limit = 100

    func run() async throws {
        let target = "/api/v1/history?" + query(["user": user, "direction": direction, "limit": String(limit)])
        let answer = try await asking { try await node.client().json(target) }
        if node.json { return say(answer.description) }
        var table = Table(["BEGAN", "USER", "DIRECTION", "NUMBER", "NAME", "TALKED"])
        for row in answer["calls"]?.arrayValue ?? [] {
            table.add([
                clock(row["start"]), row.shown("user"), row.shown("direction"), row.shown("number"),
                row.shown("name"), row.shown("duration") + " s",
            ])
        }
        table.show()
    }
}

struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what was asked of a site's PBX and node, by whom, and what came of it; latest first.")
    @OptionGroup var node: NodeOptions
    @Option(help: "At most this many.") var limit = 100

    func run() async throws {
        let answer = try await asking { try await node.client().json("/api/v1/audit?limit=\(limit)") }
        if node.json { return say(answer.description) }
        var table = Table(["TIME", "SITE", "USER", "ACTION", "TARGET", "OUTCOME"])
        for row in answer["audit"]?.arrayValue ?? [] {
            table.add([
                clock(row["time"]), row.shown("site"), row.shown("user"), row.shown("action"), row.shown("target"),
                row.shown("outcome"),
            ])
        }
        table.show()
    }
}

struct Reload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have a running node read its configuration file again.",
        discussion: """
            Takes over what has changed of users, phones, queues and the other objects, links, timings, profiles, limits
            and the log level: all of it or nothing. A faulty file, or a change of what is fixed while a node runs (its
            PBX, listeners, certificates, store), is refused with the reason, and the node goes on as before. The node is
            asked over its control socket.

            Exit code 0: taken over; 70: refused, or no node answers.
            """)
    @OptionGroup var node: NodeOptions

    func run() async throws {
        let answer = try await asking { try await node.client().json("/api/v1/reload", method: .POST) }
        if node.json { return say(answer.description) }
        let changes = answer["changes"]?.arrayValue ?? []
        if changes.isEmpty { say("nothing has changed") }
        for change in changes { say(change.shown) }
    }
}

/// The query of a request, without what is not given.
func query(_ items: KeyValuePairs<String, String?>) -> String {
    items.compactMap { name, value in value.map { "\(name)=\($0.percentEscaped)" } }.joined(separator: "&")
}

/// A moment in the operator's time zone, as `2026-11-25 09:41:07`.
func clock(_ unixTime: JSONValue?) -> String {
    guard let seconds = unixTime?.doubleValue else { return "-" }
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyy-MM-dd HH:mm:ss"
    return formatter.string(from: Date(timeIntervalSince1970: seconds))
}
