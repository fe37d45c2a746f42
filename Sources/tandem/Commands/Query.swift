import ArgumentParser
import Configuration
import Foundation
import TandemCore
import TandemNode

/// How a command finds the running node that it asks.
struct NodeOptions: ParsableArguments {
    @Option(name: [.short, .long], help: "The node's configuration file; its control socket is asked.")
    var config: String?
    @Option(help: "The node's HTTP address, HOST:PORT, instead of its control socket (default 127.0.0.1:8003).")
    var http: String?
    @Option(
        help:
            "With --http: the file with the node's token (default: that of --config, else what TANDEM_TOKEN_FILE names)."
    )
    var token: String?
    @OptionGroup var tls: TLSOptions
    @Flag(help: "Print JSON instead of a table.")
    var json = false

    /// A client of that node.
    func client() throws -> AdminClient {
        let address = try (http ?? (config == nil ? "127.0.0.1:8003" : nil)).map { text in
            guard let address = ListenAddress(text) else {
                throw ValidationError("--http \(text): HOST:PORT is accepted, such as 127.0.0.1:8003")
            }
            return address
        }
        if let config, token == nil, !tls.tls {
            let node = try NodeConfiguration.load(config)
            if address == nil, let path = node.control { return AdminClient(.socket(path: path)) }
            return AdminClient(try .http(of: node, at: address))
        }
        guard let address else { throw ValidationError("--token and --tls go with --http") }
        let file = token ?? ProcessInfo.processInfo.environment["TANDEM_TOKEN_FILE"]
        return AdminClient(try .http(at: address, tokenFile: file, tls: try tls.trust(of: address.host)))
    }
}

/// Prints rows as a table with aligned columns.
struct Table {
    private var rows: [[String]]

    init(_ titles: [String]) { rows = [titles] }

    mutating func add(_ row: [String]) { rows.append(row) }

    func show() {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column + 1 < row.count { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            say(line)
        }
    }
}

extension JSONValue {
    /// A value as a person reads it.
    var shown: String {
        switch self {
        case .string(let text): text.withoutControls
        case .null: "-"
        case .double(let number): Int64(exactly: number).map { String($0) } ?? String(number)
        default: description
        }
    }
    /// A member as a person reads it, `-` when it is not there.
    func shown(_ key: String) -> String { self[key]?.shown ?? "-" }

    /// `stale, 3.2 s old`, or `fresh`.
    var shownState: String {
        guard let age = self["age"]?.doubleValue else { return shown("state") }
        return "\(shown("state")), \(JSONValue.double((age * 10).rounded() / 10).shown) s old"
    }
}

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a node's health: PBX, clients, links, sites.",
        discussion: "Exit code 0: everything is well; 1: something is degraded; 64: wrong arguments; 70: no answer.")
    @OptionGroup var node: NodeOptions

    func run() async throws {
        let status = try await asking { try await node.client().json("/status") }
        if node.json {
            say(status.description)
        } else {
            say(
                "\(status.shown("site"))  \(status.shown("health"))  version \(status.shown("version"))  up \(status.shown("uptime")) s"
            )
            for reason in status["reasons"]?.arrayValue ?? [] { say("degraded \(reason.shown)") }
            let pbx = status["pbx"] ?? .null
            let reason = pbx["reason"].map { " (\($0.shown))" } ?? ""
            say("PBX      \(pbx.shown("driver")), \(pbx.shown("state"))\(reason)")
            say("clients  \(status.shown("clients"))")
            let links = status["links"] ?? .null
            say("links    \(links.shown("established")) of \(links.shown("configured")) established")
            if let store = status["store"] {
                let error = store["error"].map { ", \($0.shown)" } ?? ""
                say("store    \(store.shown("path")), \(store.shown("waiting")) entries wait\(error)")
            }
            let files = status["descriptors"] ?? .null
            say("files    \(files.shown("open")) of \(files.shown("limit")) descriptors open")
            for (name, address) in status["listen"]?.objectValue ?? [:] { say("listen   \(name) \(address.shown)") }
            var table = Table(["SITE", "STATE", "OBJECTS"])
            for row in status["sites"]?.arrayValue ?? [] {
                table.add([row.shown("site"), row.shownState, row.shown("objects")])
            }
            table.show()
        }
        if status["health"] != "ok" { throw ExitCode(1) }
    }
}

struct Links: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a node's links to its peers.")
    @OptionGroup var node: NodeOptions

    func run() async throws {
        let answer = try await asking { try await node.client().json("/api/v1/links") }
        if node.json { return say(answer.description) }
        var table = Table(["PEER", "STATE", "FOR", "COST", "RTT", "IN", "OUT", "REASON"])
        for row in answer["links"]?.arrayValue ?? [] {
            table.add([
                row.shown("peer"), row.shown("state"), row.shown("for") + " s", row.shown("cost"),
                row["rtt_ms"].map { $0.shown + " ms" } ?? "-", row.shown("bytes_in"), row.shown("bytes_out"),
                row.shown("reason"),
            ])
        }
        table.show()
    }
}

struct Routes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the routing table: which peer leads to which site.")
    @OptionGroup var node: NodeOptions

    func run() async throws {
        let answer = try await asking { try await node.client().json("/api/v1/routes") }
        if node.json { return say(answer.description) }
        var table = Table(["SITE", "NEXT", "COST", "PATH"])
        for row in answer["routes"]?.arrayValue ?? [] {
            let path = row["path"]?.arrayValue?.map(\.shown).joined(separator: " > ") ?? "-"
            table.add([row.shown("site"), row.shown("next"), row.shown("cost"), path])
        }
        table.show()
    }
}

struct Sync: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show how far a node's copies of the sites are.")
    @OptionGroup var node: NodeOptions

    func run() async throws {
        let answer = try await asking { try await node.client().json("/api/v1/sync") }
        if node.json { return say(answer.description) }
        var table = Table(["SITE", "STATE", "OBJECTS", "SEQUENCE", "HEARD", "FROM"])
        for row in answer["sync"]?.arrayValue ?? [] {
            table.add([
                row.shown("site"), row.shownState, row.shown("objects"), row.shown("sequence"), row.shown("heard"),
                row.shown("source"),
            ])
        }
        table.show()
    }
}

struct Objects: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show objects of any site with their status and its age.",
        discussion: "Example: tandem objects --site montreal --type phones")
    @OptionGroup var node: NodeOptions
    @Option(help: "Only this site.") var site: String?
    @Option(help: "Only this list (phones, users, channels …).") var type: String?
    @Option(help: "Only this id.") var id: String?
    @Option(help: "At most this many.") var limit = 1_000

    func run() async throws {
        let items = query(["limit": String(limit), "site": site, "type": type, "id": id])
        let target = "/api/v1/objects?" + items
        let answer = try await asking { try await node.client().json(target) }
        if node.json { return say(answer.description) }
        var table = Table(["OBJECT", "STATE", "CONFIG", "STATUS"])
        let rows = answer["objects"]?.arrayValue ?? []
        for row in rows {
            table.add([row.shown("id"), row.shownState, Self.brief(row["config"]), Self.brief(row["status"])])
        }
        table.show()
        if let total = answer["total"]?.integerValue, total > rows.count {
            say("… and \(total - Int64(rows.count)) more (--limit)")
        }
    }

    /// The members that say something, on one line.
    private static func brief(_ value: JSONValue?) -> String {
        let members = (value?.objectValue ?? [:]).filter { member in
            switch member.value {
            case .null, .string(""), .bool(false): false
            case .array(let elements): !elements.isEmpty
            case .object(let object): !object.isEmpty
            default: true
            }
        }
        let text = members.map { "\($0.key)=\($0.value.shown)" }.joined(separator: " ")
        return text.count > 90 ? String(text.prefix(89)) + "…" : text
    }
}

struct Clients: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show who is connected to a node's CTI port, oldest connection first.")
    @OptionGroup var node: NodeOptions
    @Option(help: "At most this many.") var limit = 1_000

    func run() async throws {
        let answer = try await asking { try await node.client().json("/api/v1/clients?limit=\(limit)") }
        if node.json { return say(answer.description) }
        var table = Table(["CLIENT", "LOGIN", "USER", "PROFILE", "ADDRESS", "TLS", "SINCE", "IN", "OUT", "PENDING"])
        let rows = answer["clients"]?.arrayValue ?? []
        for row in rows {
            table.add([
                row.shown("client"), row.shown("login"), row.shown("user"), row.shown("profile"), row.shown("address"),
                row["secure"] == true ? "yes" : "no", clock(row["since"]), row.shown("bytes_in"),
                row.shown("bytes_out"), row.shown("pending"),
            ])
        }
        table.show()
        if let total = answer["total"]?.integerValue, total > rows.count {
            say("… and \(total - Int64(rows.count)) more (--limit)")
        }
    }
}

struct Ping: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send a command to a site and back, along the route that real commands take.",
        discussion: "Exit code 0: every ping was answered; 1: one was not.")
    @Argument(help: "The site.") var site: String
    @OptionGroup var node: NodeOptions
    @Option(name: [.customShort("n"), .long], help: "How many.") var count = 3

    func run() async throws {
        let client = try await asking { try node.client() }
        var failed = false
        for number in 1...max(1, count) {
            let answer = try await asking { try await client.json("/api/v1/ping?site=\(site.percentEscaped)") }
            let path = answer["path"]?.arrayValue?.map(\.shown).joined(separator: " > ") ?? "here"
            let done = answer["answer"] == "done"
            if !done { failed = true }
            if node.json {
                say(answer.description)
            } else if done {
                say("\(site): \(answer.shown("ms")) ms by \(path)")
            } else {
                let reason = answer["reason"].map { ": \($0.shown)" } ?? ""
                say("\(site): \(answer.shown("answer"))\(reason) (at \(answer.shown("at")))")
            }
            if number < count { try await Task.sleep(for: .milliseconds(200)) }
        }
        if failed { throw ExitCode(1) }
    }
}

/// Runs a question to a node; no answer becomes exit code 70 with a sentence.
func asking<Answer>(_ body: () async throws -> Answer) async throws -> Answer {
    do { return try await body() } catch let error as AdminError {
        complain(error.description)
        throw ExitCode(70)
    } catch let error as ConfigurationError {
        complain(error.description)
        throw ExitCode(65)
    }
}

extension String {
    /// The text without what a terminal would obey: names come from callers anywhere.
    var withoutControls: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }

    /// Percent-escapes everything but letters, digits and `-._~`.
    var percentEscaped: String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
