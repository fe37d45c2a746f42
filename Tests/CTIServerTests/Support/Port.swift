import CTIServer
import TandemCore
import Testing

/// A CTI port with its shell played by the test: effects are carried out at once, what each client would read is kept.
final class Port {
    let node = TestNode()
    let server: CTIServer
    let registry: CTICommandRegistry
    private(set) var inbox: [ClientID: [JSONObject]] = [:]
    private(set) var rawInbox: [ClientID: [[UInt8]]] = [:]
    private(set) var banners: [ClientID: String] = [:]
    private(set) var closed: [ClientID: String] = [:]
    private(set) var limits: [ClientID: Int] = [:]
    private(set) var group: Set<ClientID> = []
    private(set) var pushes: [[UInt8]] = []
    private(set) var logs: [String] = []
    private var opened: UInt64 = 0

    init(_ configuration: CTIServerConfiguration = CTIServerConfiguration(), registry: CTICommandRegistry = .standard())
    {
        self.registry = registry
        server = CTIServer(configuration: configuration, registry: registry, sha1Hex: sha1Hex)
        server.environment = node
        node.server = server
    }

    // MARK: Events

    func open(secure: Bool = false, address: String = "192.0.2.1") -> ClientID {
        opened += 1
        let client = ClientID(opened)
        server.connectionOpened(
            client, secure: secure, address: address, sessionID: "abcdefghij", now: node.now)
        run()
        return client
    }

    /// Sends a line and gives what the client reads until all effects are carried out.
    @discardableResult
    func send(_ client: ClientID, _ line: String) -> [JSONObject] { send(client, Array(line.utf8)) }

    @discardableResult
    func send(_ client: ClientID, _ line: [UInt8]) -> [JSONObject] {
        let before = inbox[client]?.count ?? 0
        server.received(client, line: line, now: node.now)
        run()
        return Array((inbox[client] ?? [])[before...])
    }

    /// Sends a line that has exactly one answer.
    func ask(_ client: ClientID, _ line: String, _ location: SourceLocation = #_sourceLocation) -> JSONObject {
        let answers = send(client, line)
        #expect(answers.count == 1, "one answer to \(line), not \(answers)", sourceLocation: location)
        return answers.first ?? [:]
    }

    func close(_ client: ClientID) {
        server.connectionClosed(client, now: node.now)
        run()
    }

    /// Lets time pass; the server is ticked at each of its deadlines.
    func pass(_ duration: Duration) {
        let end = node.now.instant + duration
        while let due = server.nextDeadline, due <= end {
            advance(to: max(due, node.now.instant))
            server.tick(now: node.now)
            run()
        }
        advance(to: end)
    }

    private func advance(to instant: Instant) {
        node.now.unixTime += (instant - node.now.instant).inSeconds
        node.now.instant = instant
    }

    // MARK: Login

    static func pass(_ password: String) -> String { sha1Hex("abcdefghij:" + password) }

    /// The three steps with the right password.
    func logIn(_ login: String = "alice", address: String = "192.0.2.1") -> ClientID {
        let client = open(address: address)
        let user = node.user(login: login)!.user
        send(
            client,
            #"{"class":"login_id","company":"default","userlogin":"\#(login)","ident":"X11-LE-1","xivoversion":"1.2"}"#)
        send(client, #"{"class":"login_pass","hashedpassword":"\#(Port.pass(user.password!.reveal()))"}"#)
        send(client, #"{"class":"login_capas","capaid":"\#(user.profile)","state":"available"}"#)
        return client
    }

    // MARK: Effects

    func run() {
        for effect in server.takeEffects() {
            switch effect {
            case .send(let client, let bytes): read(client, bytes)
            case .push(let bytes):
                pushes.append(bytes)
                for client in group { read(client, bytes) }
            case .close(let client, let reason), .cut(let client, let reason):
                closed[client] = reason
                group.remove(client)
            case .setLineLimit(let client, let limit): limits[client] = limit
            case .subscribed(let client, let isMember):
                if isMember { group.insert(client) } else { group.remove(client) }
            case .log(_, let text): logs.append(text)
            }
        }
    }

    private func read(_ client: ClientID, _ bytes: [UInt8]) {
        #expect(closed[client] == nil, "nothing is sent after close")
        #expect(bytes.last == UInt8(ascii: "\n") && bytes.allSatisfy { $0 < 0x80 }, "whole lines of ASCII")
        rawInbox[client, default: []].append(bytes)
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            if line.first == UInt8(ascii: "X") {
                banners[client] = String(decoding: line, as: UTF8.self)
                continue
            }
            guard case .object(let object)? = try? JSONValue(parsing: Array(line)) else {
                Issue.record("not an object: \(String(decoding: line, as: UTF8.self))")
                continue
            }
            #expect(object["timenow"]?.doubleValue != nil, "every line carries timenow")
            var shown = object
            shown["timenow"] = nil
            inbox[client, default: []].append(shown)
        }
    }

    /// Forgets what has been read so far.
    func clear() {
        inbox = [:]
        rawInbox = [:]
        pushes = []
    }

    /// What a client has read since `clear`.
    func lines(_ client: ClientID) -> [JSONObject] { inbox[client] ?? [] }
}

/// A JSON text as a tree.
func json(_ text: String) -> JSONObject { (try? JSONValue(parsing: text).objectValue) ?? [:] }
