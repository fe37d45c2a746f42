import CTIServer
import Configuration
import SimulatedDriver
import TandemClient
import TandemCore
import Testing

@testable import TandemNode

@Suite("Profiles of a node's file", .serialized, .timeLimit(.minutes(1))) struct ProfileRightsTests {
    @Test(
        "what a profile leaves out is that of the stock profile of its name, else of client; others' things are never more"
    )
    func settings() {
        var settings = CTISettings()
        settings.profiles = [
            "client": .init(name: "Client"), "supervisor": .init(name: "Boss"), "reception": .init(name: "Reception"),
            "desk": .init(name: "Desk", ipbxcommands: ["dial", "hangup"], ipbxcommandsOthers: ["hangup"]),
        ]
        let profiles = CTIServerConfiguration(settings).profiles
        #expect(profiles["client"]?.ipbxcommandsOthers == [] && profiles["reception"]?.ipbxcommandsOthers == [])
        #expect(profiles["reception"]?.ipbxcommands == CTIProfile.client.ipbxcommands)
        #expect(profiles["supervisor"]?.ipbxcommandsOthers == CTIProfile.supervisor.ipbxcommandsOthers)
        #expect(
            profiles["desk"]?.ipbxcommands == ["dial", "hangup"] && profiles["desk"]?.ipbxcommandsOthers == ["hangup"])
        #expect(CTIServerConfiguration(CTISettings()).profiles["switchboard"]?.ipbxcommandsOthers.isEmpty == false)
    }

    @Test("a client ends the own call and nobody else's, here or at another site; the switchboard ends it")
    func hangUp() async throws {
        var topology = Topology.demo()
        for index in topology.sites.indices {
            topology.sites[index].pbx = SimulatedDriverFactory.settings(ring: .milliseconds(50), talk: .seconds(60))
        }
        try await TestFederation.run(topology) { federation in
            try await federation.settle()
            let alice = try await federation.logIn("alice", at: "paris")
            let emma = try await federation.logIn("emma", at: "paris")
            let karim = try await federation.logIn("karim", at: "montreal")
            let david = try await federation.logIn("david", at: "paris")
            let dialled = try await alice.ask([
                "class": "ipbxcommand", "command": "dial", "destination": "user:paris/2",
            ])
            #expect(dialled["ipbxreply"] == true)
            var channel = ""
            try await federation.eventually("alice's phone has a call") {
                channel =
                    try await emma.half("updatestatus", list: "phones", site: "paris", id: "1")["channels"]?
                    .arrayValue?.first?.stringValue ?? ""
                return !channel.isEmpty
            }
            let hangup: JSONObject = [
                "class": "ipbxcommand", "command": "hangup", "channelids": .string("chan:paris/" + channel),
            ]
            for stranger in [emma, karim] {
                let refused = try await stranger.ask(hangup)
                #expect(refused["warning_string"] == "unallowed" && refused["ipbxreply"] == "source", "\(refused)")
            }
            let foreignPhone = try await emma.ask([
                "class": "ipbxcommand", "command": "originate", "source": "phone:paris/1", "destination": "102",
            ])
            #expect(foreignPhone["warning_string"] == "unallowed")
            #expect(try await david.ask(hangup)["ipbxreply"] == true)
            try await federation.eventually("the call is over") {
                try await emma.half("updatestatus", list: "phones", site: "paris", id: "1")["channels"]?.arrayValue?
                    .isEmpty == true
            }
            // Refused where it was asked: nothing reached the PBX, so nothing is in its audit.
            let lines = try await federation.ask("paris", "/api/v1/audit")["audit"]?.arrayValue ?? []
            #expect(lines.filter { $0["action"] == "hangup" }.count == 1)
        }
    }
}
