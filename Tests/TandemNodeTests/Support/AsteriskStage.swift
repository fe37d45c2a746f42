import AsteriskDriver
import Configuration
import NIOCore
import PBXTestSupport
import SiteModel
import TandemClient
import TandemCore
import TandemNode
import Testing

/// Two sites with real Asterisks, paris (22) and lyon (16), and a relay without a PBX between their nodes, all over TLS.
struct AsteriskStage: Sendable {
    let federation: TestFederation
    let pbx: TestPBX
    /// Between paris' node and its Asterisk: shows what the node sends to the manager.
    let wire: CutProxy
    /// Alice (phone 101) at paris, and Farid (phone 101) at lyon, whose profile allows everything.
    let alice: CTIClient
    let farid: CTIClient

    var paris: TestPBX.Site { pbx.sites[0] }
    var lyon: TestPBX.Site { pbx.sites[1] }

    static func run(
        _ phones: [String] = ["101", "102", "103", "104"], _ body: (AsteriskStage) async throws -> Void
    ) async throws {
        let pbx = try await TestPBX(version: "22", versions: ["lyon": "16"], sites: ["paris", "lyon"], phones: phones)
        do {
            let wire = try await CutProxy.start(to: ListenAddress(host: "127.0.0.1", port: pbx.sites[0].amiPort))
            try await TestFederation.run(topology(pbx, parisManager: wire.address.port)) { federation in
                try await federation.settle(within: 40)
                let alice = try await federation.logIn("alice", at: "paris")
                let farid = try await federation.logIn("farid", at: "lyon")
                try await body(
                    AsteriskStage(federation: federation, pbx: pbx, wire: wire, alice: alice, farid: farid))
            }
        } catch {
            await pbx.close()
            throw error
        }
        await pbx.close()
    }

    private static func topology(_ pbx: TestPBX, parisManager: Int) throws -> Topology {
        var topology = Topology.demo(pbx: .asterisk)
        guard let relay = SiteID("relay") else { throw CTIClientError(description: "no name") }
        let names = topology.sites.prefix(2).map(\.name)
        for index in 0..<2 {
            let site = pbx.sites[index]
            topology.sites[index].pbx = AsteriskDriverFactory.settings(
                host: "127.0.0.1", port: index == 0 ? parisManager : site.amiPort, user: "tandem",
                secret: Secret("tandem"), sip: ListenAddress(host: "127.0.0.1", port: site.sipPort))
            topology.sites[index].site.prefix = site.prefix
            topology.sites[index].site.users["1"]?.profile = "supervisor"
            topology.sites[index].site.trunks = topology.sites[index].site.trunks.filter {
                names.contains($0.value.site ?? relay)
            }
            // A phone that exists and is never registered.
            topology.sites[index].site.phones["9"] = SiteConfiguration.Phone(number: "109", endpoint: "PJSIP/109")
        }
        topology.sites[2] = NodeConfiguration(site: SiteConfiguration(site: relay))
        topology.sites[2].listen.rcti = ListenAddress(host: "127.0.0.1", port: 1)
        topology.sites[2].timings = .lan
        topology.links = names.map { Topology.Link($0, relay) }
        return topology
    }

    /// One command after the other to the phones of a site.
    func phone(_ site: TestPBX.Site, _ commands: String...) async throws {
        for command in commands { try await pbx.phone(site, command) }
    }

    /// Waits until a client sees an object's status as wished; gives it.
    @discardableResult
    func see(
        _ client: CTIClient, _ list: String, _ site: String, _ id: String, _ what: String, within seconds: Double = 15,
        where matches: (JSONObject) -> Bool
    ) async throws -> JSONObject {
        var last: JSONObject = [:]
        do {
            try await eventually("\(client.name): \(list) \(site)/\(id) \(what)", within: seconds) {
                last = try await client.half("updatestatus", list: list, site: site, id: id)
                return matches(last)
            }
        } catch { throw CTIClientError(description: "\(error); last seen: \(JSONValue.object(last))") }
        return last
    }

    /// The one channel of a phone's endpoint that a client sees.
    func channel(_ endpoint: String, _ site: String, seenBy client: CTIClient) async throws -> String {
        var found = ""
        try await eventually("\(client.name) sees a channel of \(endpoint) at \(site)") {
            found = try await client.list("channels", site: site).first { $0.hasPrefix(endpoint + "-") } ?? ""
            return !found.isEmpty
        }
        return found
    }

    /// Sends an ipbxcommand; gives all lines of its reply up to the one that satisfies the condition.
    func command(
        _ client: CTIClient, _ command: String, _ fields: JSONObject, within seconds: Double = 20,
        until isLast: @escaping @Sendable (JSONObject) -> Bool = {
            $0["response"] != nil || $0["reason"] != nil || $0["warning_string"] != nil
        }
    ) async throws -> [JSONObject] {
        var object: JSONObject = ["class": "ipbxcommand", "command": .string(command)]
        for (key, value) in fields { object[key] = value }
        let (id, mark) = await client.send(object)
        do {
            _ = try await client.wait(from: mark, for: "the end of \(command)", within: seconds) {
                $0["replyid"] == .integer(id) && isLast($0)
            }
        } catch {
            let lines = await client.received.dropFirst(mark).filter { $0["replyid"] == .integer(id) }
            throw CTIClientError(description: "\(error): \(lines.map { JSONValue.object($0).description })")
        }
        return await client.received.dropFirst(mark).filter { $0["replyid"] == .integer(id) }
    }

    /// Expects `ipbxreply: true` and then `response: ok` from the PBX.
    func expectDone(_ lines: [JSONObject], _ what: String, line: Int = #line) {
        #expect(lines.first?["ipbxreply"] == true, "\(what), line \(line): \(lines)")
        #expect(lines.contains { $0["response"] == "ok" }, "\(what), line \(line): \(lines)")
        #expect(!lines.contains { $0["response"] == "ko" }, "\(what), line \(line): \(lines)")
    }

    /// Waits until a site has no channel, as a client sees it.
    func quiet(_ site: String, seenBy client: CTIClient, within seconds: Double = 15) async throws {
        try await eventually("\(site) has no channel at \(client.name)", within: seconds) {
            try await client.list("channels", site: site).isEmpty
        }
    }
}
