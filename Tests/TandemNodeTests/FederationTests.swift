import Configuration
import Federation
import Foundation
import NIOCore
import NIOPosix
import TandemClient
import TandemCore
import TandemNode
import Testing

/// Three nodes with simulated PBXs over real TCP and TLS.
@Suite("A federation of real nodes", .serialized)
struct NodeFederationTests {
    @Test("The tour passes: log in, list, call, talk, hang up, chat across a relay")
    func tour() async throws {
        try await TestFederation.run(.demo()) { federation in
            let home = try #require(federation.configuration("paris").listen.cti)
            let far = try #require(federation.configuration("montreal").listen.cti)
            let guide = TourGuide(
                home: .init(site: "paris", host: home.host, port: home.port, login: "alice", password: "alice"),
                far: .init(site: "montreal", host: far.host, port: far.port, login: "karim", password: "karim"),
                patience: 20, print: { _ in })
            try await guide.walk()
        }
    }

    @Test("Routes follow the line, a ping takes the relay, and both are shown over the control socket")
    func routesAndPing() async throws {
        try await TestFederation.run(.demo()) { federation in
            try await federation.settle()
            let routes = try await federation.ask("paris", "/api/v1/routes")["routes"]?.arrayValue ?? []
            let montreal = try #require(routes.first { $0["site"] == "montreal" })
            #expect(montreal["next"] == "lyon")
            #expect(montreal["path"] == ["lyon", "montreal"])
            #expect(montreal["cost"] == 20)
            let ping = try await federation.ask("paris", "/api/v1/ping?site=montreal")
            #expect(ping["answer"] == "done")
            #expect(ping["path"] == ["lyon", "montreal"])
            let links = try await federation.ask("lyon", "/api/v1/links")["links"]?.arrayValue ?? []
            #expect(links.count == 2)
            #expect(links.allSatisfy { $0["state"] == "established" })
        }
    }

    @Test(
        "When the relay stops, the site behind it turns stale with its age, commands for it say no route, others go on")
    func relayStops() async throws {
        try await TestFederation.run(.demo()) { federation in
            try await federation.settle()
            let chloe = try await federation.logIn("chloe", at: "paris")
            let mark = await chloe.mark
            try await federation.stop("lyon")
            let stale = try await chloe.wait(from: mark, for: "montreal stale", within: 5) {
                $0["class"] == "sitestatus" && $0["ipbxid"] == "montreal" && $0["state"] == "stale"
            }
            #expect((stale.object["age"]?.doubleValue ?? -1) >= 0)
            _ = try await chloe.wait(from: mark, for: "a stale phone", within: 5) {
                $0["function"] == "updatestatus" && $0["listname"] == "phones" && $0["tipbxid"] == "montreal"
                    && $0["status"]?["stale"] == true
            }
            let status = try await chloe.half("updatestatus", list: "phones", site: "montreal", id: "1")
            #expect(status["stale"] == true)
            #expect((status["age"]?.doubleValue ?? -1) >= 0)
            let reply = try await chloe.ask([
                "class": "ipbxcommand", "command": "hangup", "channelids": "chan:montreal/PJSIP/101-00000001",
            ])
            #expect(reply["ipbxreply"] == "noroute")
            let ping = try await federation.ask("paris", "/api/v1/ping?site=montreal")
            #expect(ping["answer"] == "not_delivered")
            #expect(ping["reason"] == "no_route")
            // Nobody at home is disturbed: a call within paris works as before.
            let callMark = await chloe.mark
            await chloe.send(["class": "ipbxcommand", "command": "dial", "destination": "user:paris/2"])
            _ = try await chloe.wait(from: callMark, for: "bob's phone rings", within: 15) {
                $0["listname"] == "phones" && $0["tipbxid"] == "paris" && $0["tid"] == "2"
                    && $0["status"]?["hintstatus"] == "8"
            }
        }
    }

    @Test("A chat to a user of an unreachable site is refused with a reason, not lost silently")
    func chatWithoutRoute() async throws {
        try await TestFederation.run(.demo()) { federation in
            try await federation.settle()
            let alice = try await federation.logIn("alice", at: "paris")
            try await federation.stop("lyon")
            try await federation.eventually("montreal is not fresh at paris") {
                try await federation.state(of: "montreal", at: "paris") != "fresh"
            }
            let reply = try await alice.ask(["class": "chitchat", "to": "montreal/1", "text": "bonjour"])
            #expect(reply["warning_string"] != nil)
        }
    }

    @Test("Clients and peers are told when a node stops, and it ends")
    func gracefulStop() async throws {
        try await TestFederation.run(.demo()) { federation in
            try await federation.settle()
            let farid = try await federation.logIn("farid", at: "lyon")
            let mark = await farid.mark
            try await federation.stop("lyon")
            _ = try await farid.wait(from: mark, for: "the notice", within: 10) {
                $0["class"] == "disconnect" && $0["type"] == "server_stopped"
            }
            #expect(await farid.waitForClose(within: 10))
        }
    }

    @Test("A call to a phone that is busy elsewhere or a number that nobody has ends with a reason")
    func refusedCommands() async throws {
        try await TestFederation.run(.demo()) { federation in
            try await federation.settle()
            let chloe = try await federation.logIn("chloe", at: "paris")
            let unknown = try await chloe.ask([
                "class": "ipbxcommand", "command": "dial", "destination": "user:montreal/999",
            ])
            #expect(unknown["ipbxreply"] == "destination")
            let noChannel = try await chloe.ask([
                "class": "ipbxcommand", "command": "hangup", "channelids": "chan:montreal/PJSIP/105-0000dead",
            ])
            #expect(noChannel["ipbxreply"] == "source")
        }
    }
}
