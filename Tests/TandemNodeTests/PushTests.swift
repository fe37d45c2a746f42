import CTILogin
import Configuration
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import SimulatedDriver
import TandemClient
import TandemCore
import TandemNode
import Testing

/// Clients that do not read, and clients that share a user.
@Suite("Pushes over real sockets", .serialized)
struct PushTests {
    /// A client with a small receive buffer that reads only while it is told to; keeps every line as it came.
    final class ReluctantClient: Sendable {
        private let channel: any Channel
        private let box: NIOLockedValueBox<[UInt8]>

        private init(channel: any Channel, box: NIOLockedValueBox<[UInt8]>) {
            self.channel = channel
            self.box = box
        }

        private final class Collector: ChannelInboundHandler {
            typealias InboundIn = ByteBuffer
            let box: NIOLockedValueBox<[UInt8]>
            init(_ box: NIOLockedValueBox<[UInt8]>) { self.box = box }
            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                let bytes = Array(unwrapInboundIn(data).readableBytesView)
                box.withLockedValue { $0 += bytes }
            }
        }

        static func connect(_ address: ListenAddress, receiveBuffer: Int = 4096) async throws -> ReluctantClient {
            let box = NIOLockedValueBox<[UInt8]>([])
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.socketOption(.so_rcvbuf), value: receiveBuffer)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Collector(box))
                    }
                }
                .connect(host: address.host, port: address.port).get()
            return ReluctantClient(channel: channel, box: box)
        }

        var lines: [[UInt8]] { box.withLockedValue { $0 }.split(separator: 10).map(Array.init) }
        var objects: [JSONObject] { lines.compactMap { try? JSONValue(parsing: $0).objectValue } }
        func send(_ text: String) { channel.writeAndFlush(channel.allocator.buffer(string: text + "\n"), promise: nil) }
        func read(_ on: Bool) async throws { try await channel.setOption(.autoRead, value: on).get() }
        func forget() { box.withLockedValue { $0 = [] } }
        var isOpen: Bool { channel.isActive }
        func close() { channel.close(promise: nil) }

        func wait(_ what: String, within seconds: Double = 10, where matches: (JSONObject) -> Bool) async throws
            -> JSONObject
        {
            var found: JSONObject?
            try await eventually(what, within: seconds) {
                found = objects.first(where: matches)
                return found != nil
            }
            return try #require(found)
        }

        /// Logs in over TLS-less CTI with the hash that the server wants, as a user of the demo.
        func logIn(_ login: String) async throws {
            send(
                #"{"class":"login_id","userlogin":"\#(login)","company":"default","ident":"X11-slow","xivoversion":"1.2"}"#
            )
            let hello = try await wait("the session") { $0["sessionid"] != nil }
            let hash = LoginProof.of(sessionID: hello["sessionid"]?.stringValue ?? "", password: Secret(login))
            send(#"{"class":"login_pass","hashedpassword":"\#(hash)"}"#)
            let profile = try await wait("the profile") { $0["capalist"] != nil }["capalist"]?.arrayValue?.first?
                .stringValue
            send(
                #"{"class":"login_capas","capaid":"\#(profile ?? "")","state":"available","lastconnwins":false,"loginkind":"user"}"#
            )
            _ = try await wait("the capabilities") { $0["class"] == "login_capas" }
        }

        /// Asks for every object of paris, as clients do after their login.
        func askForAll() async throws {
            let lists = ObjectType.allCases.filter { $0 != .site }.map(\.listName)
            for list in lists {
                send(#"{"class":"getlist","function":"listid","listname":"\#(list)","tipbxid":"paris"}"#)
            }
            for list in lists {
                let ids =
                    try await wait("the ids of \(list)") {
                        $0["function"] == "listid" && $0["listname"]?.stringValue == list
                    }["list"]?.arrayValue ?? []
                for id in ids.compactMap(\.idText) {
                    for half in ["updateconfig", "updatestatus"] {
                        send(
                            #"{"class":"getlist","function":"\#(half)","listname":"\#(list)","tipbxid":"paris","tid":"\#(id)"}"#
                        )
                    }
                }
            }
            send(#"{"class":"keepalive","commandid":"all"}"#)
            _ = try await wait("the last of all objects") { $0["replyid"] == "all" }
        }

        /// What it knows from the beginning until now.
        var view: MergedView {
            var view = MergedView()
            for object in objects { view.take(object) }
            return view
        }
    }

    /// What a client that merges pushes knows: both halves by object, as the CTI's own clients keep them.
    struct MergedView: Equatable {
        var halves: [String: JSONObject] = [:]
        mutating func take(_ object: JSONObject) {
            guard object["class"] == "getlist", let list = object["listname"]?.stringValue,
                let site = object["tipbxid"]?.stringValue
            else { return }
            let function = object["function"]?.stringValue
            if function == "delconfig" {
                for id in object["list"]?.arrayValue ?? [] {
                    for half in ["config", "status"] { halves["\(list) \(site)/\(id.idText ?? "") \(half)"] = nil }
                }
                return
            }
            guard let id = object["tid"]?.idText,
                let half = function == "updateconfig" ? "config" : function == "updatestatus" ? "status" : nil
            else { return }
            for (key, value) in object[half]?.objectValue ?? [:] {
                // Not stale is said to those who may have heard otherwise, and is what silence means.
                let isSilence = key == "stale" && value == false
                halves["\(list) \(site)/\(id) \(half)", default: [:]][key] = isSilence ? JSONValue?.none : value
            }
        }
    }

    private static func topology() -> Topology {
        var topology = Topology.lonely
        topology.sites[0].pbx = SimulatedDriverFactory.settings(ring: .milliseconds(1), talk: .milliseconds(1))
        return topology
    }

    private static func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return (Int(text.split(separator: " ")[1]) ?? 0) * 4096
    }

    @Test(
        "A client that does not read delays nobody and costs bounded memory; when it reads again its view is the server's"
    )
    func slowClient() async throws {
        try await TestFederation.run(Self.topology()) { federation in
            let address = try #require(federation.configuration("paris").listen.cti)
            let slow = try await ReluctantClient.connect(address)
            try await slow.logIn("chloe")
            try await slow.askForAll()
            try await slow.read(false)
            let quick = try await federation.logIn("alice", at: "paris")
            let other = try await federation.logIn("bob", at: "paris")
            let before = try Self.residentBytes()
            // Presences and calls, until the slow client lags, and then some more.
            let states = ["away", "donotdisturb", "outtolunch", "berightback", "available"]
            var number = 0
            var lagged = false
            var after = 0
            while after < 20, number < 200_000 {
                if lagged { after += 1 }
                var lines = ""
                for _ in 0..<200 {
                    lines +=
                        "{\"class\":\"availstate\",\"availstate\":\"\(states[number % states.count])\",\"commandid\":\"\(number)\"}\n"
                    number += 1
                }
                await quick.sendRaw(Array(lines.utf8))
                // Another client is answered meanwhile.
                _ = try await other.ask(["class": "keepalive"])
                await other.send(["class": "ipbxcommand", "command": "dial", "destination": "user:paris/1"])
                let last = "\(number - 1)"
                _ = try await quick.wait(from: 0, for: "the last presence", within: 20) {
                    $0["replyid"]?.stringValue == last
                }
                await quick.forget()
                await other.forget()
                if !lagged {
                    lagged = try await federation.metric("tandem_cti_lagging_total") == 1
                }
            }
            #expect(lagged)
            let grown = try Self.residentBytes() - before
            #expect(grown < 64 << 20)

            try await slow.read(true)
            slow.send(#"{"class":"keepalive","commandid":"end"}"#)
            _ = try await slow.wait("the end of what waited", within: 30) { $0["replyid"] == "end" }
            // What it knows, of everything, is what somebody learns who comes fresh and asks for all; the last calls end
            // meanwhile, and no channel is left.
            let fresh = try await ReluctantClient.connect(address, receiveBuffer: 1 << 16)
            try await fresh.logIn("david")
            try await fresh.askForAll()
            var (view, expected) = ([String: JSONObject](), [String: JSONObject]())
            try? await eventually("the slow client's view equals a fresh client's", within: 30) {
                (view, expected) = (slow.view.halves, fresh.view.halves)
                return view == expected && !view.keys.contains { $0.hasPrefix("channels ") }
            }
            #expect(expected.count > 30)
            for name in Set(view.keys).union(expected.keys).sorted() {
                #expect(view[name] == expected[name], "\(name)")
            }
            #expect(
                view["users paris/1 status"]?["availstate"]?.stringValue == states[(number - 1) % states.count])
            #expect(view.keys.filter { $0.hasPrefix("channels ") }.isEmpty, "channels that are long gone")
        }
    }

    @Test("Two connections of one user both get a chat and every push, and all clients get the same bytes")
    func sameBytes() async throws {
        try await TestFederation.run(Self.topology()) { federation in
            let address = try #require(federation.configuration("paris").listen.cti)
            var clients: [ReluctantClient] = []
            for login in ["alice", "alice", "bob", "chloe"] {
                let client = try await ReluctantClient.connect(address, receiveBuffer: 1 << 16)
                try await client.logIn(login)
                clients.append(client)
            }
            let david = try await federation.logIn("david", at: "paris")
            try await Task.sleep(for: .milliseconds(50))
            for client in clients { client.forget() }
            let answer = try await david.ask(["class": "chitchat", "to": "paris/1", "text": "both"])
            #expect(answer["delivered"] == 2)
            for client in clients.prefix(2) {
                _ = try await client.wait("the chat") { $0["class"] == "chitchat" && $0["text"] == "both" }
            }
            for client in clients { client.forget() }
            for state in ["away", "donotdisturb", "berightback", "available"] {
                _ = try await david.ask(["class": "availstate", "availstate": .string(state)])
            }
            await david.send(["class": "ipbxcommand", "command": "dial", "destination": "user:paris/2"])
            for client in clients {
                _ = try await client.wait("the call's end") {
                    $0["function"] == "updatestatus" && $0["listname"] == "phones" && $0["tid"] == "2"
                        && $0["status"]?["hintstatus"] == "0"
                }
            }
            try await Task.sleep(for: .milliseconds(200))
            let first = clients[0].lines
            #expect(first.count > 10)
            for client in clients.dropFirst() { #expect(client.lines == first) }
        }
    }

    @Test("A client that asks and never reads is held back, not remembered without bound")
    func askingWithoutReading() async throws {
        try await TestFederation.run(Self.topology()) { federation in
            let address = try #require(federation.configuration("paris").listen.cti)
            let greedy = try await ReluctantClient.connect(address)
            try await greedy.logIn("chloe")
            try await greedy.read(false)
            let before = try Self.residentBytes()
            // Each question is small, its answer larger.
            let question =
                #"{"class":"getlist","function":"updateconfig","listname":"users","tipbxid":"paris","tid":"1"}"# + "\n"
            let block = String(repeating: question, count: 500)
            for _ in 0..<400 where greedy.isOpen { greedy.send(block) }
            let alice = try await federation.logIn("alice", at: "paris")
            for _ in 0..<50 {
                _ = try await alice.ask(["class": "keepalive"])
                try await Task.sleep(for: .milliseconds(20))
            }
            let grown = try Self.residentBytes() - before
            // 200,000 questions are 19 MB in the client itself; their answers would be 80 MB more.
            #expect(grown < 64 << 20)
            greedy.close()
        }
    }
}
