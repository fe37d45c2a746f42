import AMI
import PBX
import SiteModel
import Testing

@testable import AsteriskDriver

/// Endpoints have sets of contacts, devices sets of hints: what is told of one says nothing of the others.
@Suite("Devices, contacts and hints")
struct DeviceTests {
    typealias Reading = InterpreterTests

    private static func contact(_ uri: String, _ status: String, of name: String = "101") -> String {
        "Event: ContactStatus\nURI: \(uri)\nContactStatus: \(status)\nAOR: \(name)\nEndpointName: \(name)\n\n"
    }

    private static func registered(_ address: String?) -> PBXFact {
        .endpointRegistration(endpoint: "PJSIP/101", address: address)
    }

    @Test("an endpoint is registered as long as one of its contacts answers, whatever the order of news")
    func contacts() throws {
        var interpreter = AsteriskInterpreter()
        interpreter.seenEndpoints = ["PJSIP/101"]
        let desk = "sip:101@192.0.2.1:5060"
        let mobile = "sip:101@192.0.2.2:5060;transport=tcp"
        let story: [(String, String, String?)] = [
            (desk, "NonQualified", "192.0.2.1:5060"), (mobile, "Reachable", "192.0.2.1:5060"),
            (desk, "Unreachable", "192.0.2.2:5060"), (mobile, "Removed", nil), (desk, "Reachable", "192.0.2.1:5060"),
            (desk, "Removed", nil), (desk, "Removed", nil), (mobile, "Unknown", "192.0.2.2:5060"),
        ]
        for (uri, status, address) in story {
            #expect(try Reading.facts(Self.contact(uri, status), &interpreter) == [Self.registered(address)])
        }
    }

    @Test("a list of endpoints does not bring an unreachable contact back")
    func listedContacts() throws {
        let listed = """
            Event: EndpointList
            ObjectName: 101
            Contacts: 101/sip:101@192.0.2.1:5060,101/sip:101@192.0.2.2:5060,
            DeviceState: Not in use


            """
        var fresh = AsteriskInterpreter()
        #expect(try Reading.facts(listed, &fresh).contains(Self.registered("192.0.2.1:5060")))
        let item = """
            Event: ContactList
            ObjectName: 101;@1b67d8994c124d49975fddfa85878737
            Endpoint: 101
            Uri: sip:101@192.0.2.1:5060
            Status: Unreachable


            """
        #expect(try Reading.facts(item, &fresh) == [Self.registered("192.0.2.2:5060")])
        #expect(try Reading.facts(listed, &fresh).contains(Self.registered("192.0.2.2:5060")))
        // All contacts of a device that is unavailable are; one that went is gone.
        var other = AsteriskInterpreter()
        #expect(
            try Reading.facts(listed.replacing("Not in use", with: "Unavailable"), &other).contains(
                Self.registered(nil)))
        let less = listed.replacing("101/sip:101@192.0.2.2:5060,", with: "")
        #expect(try Reading.facts(less, &fresh).contains(Self.registered(nil)))
    }

    @Test("a contact of the configuration belongs to the endpoint of its address of record")
    func fixedContact() throws {
        let item =
            "Event: ContactList\nObjectName: trunk-lyon@@5d1f\nEndpoint:\u{20}\nUri: sip:192.0.2.9:5060\nStatus: Reachable\n\n"
        #expect(
            try Reading.facts(item) == [
                .endpointSeen(endpoint: "PJSIP/trunk-lyon", number: "", context: "", displayName: nil),
                .endpointRegistration(endpoint: "PJSIP/trunk-lyon", address: "192.0.2.9:5060"),
            ])
    }

    @Test("a peer that does not answer has no address, and has it again when it answers")
    func peers() throws {
        var interpreter = AsteriskInterpreter()
        interpreter.seenEndpoints = ["SIP/9"]
        func peer(_ status: String, _ more: String = "") throws -> [String?] {
            try Reading.facts(
                "Event: PeerStatus\nChannelType: SIP\nPeer: SIP/9\nPeerStatus: \(status)\n\(more)\n", &interpreter
            )
            .map { if case .endpointRegistration("SIP/9", let address) = $0 { address } else { "?" } }
        }
        #expect(try peer("Registered", "Address: 192.0.2.7:5060\n") == ["192.0.2.7:5060"])
        #expect(try peer("Unreachable", "Time: -1\n") == [nil])
        #expect(try peer("Reachable", "Time: 12\n") == ["192.0.2.7:5060"])
        #expect(try peer("Lagged", "Time: 3000\n") == ["192.0.2.7:5060"])
        #expect(try peer("Rejected", "Cause: AUTH_SECRET_FAILED\n") == [])
        #expect(try peer("Registered", "Address: 2001:db8::7\nPort: 5062\n") == ["[2001:db8::7]:5062"])
        #expect(try peer("Unregistered") == [nil])
        #expect(try peer("Reachable") == [nil])
        func entry(_ status: String) throws -> [String?] {
            try Reading.facts(
                "Event: PeerEntry\nChanneltype: SIP\nObjectName: 9\nIPaddress: 2001:db8::9\nIPport: 5060\nStatus: \(status)\n\n",
                &interpreter
            ).compactMap { if case .endpointRegistration("SIP/9", let address) = $0 { address ?? "none" } else { nil } }
        }
        #expect(try entry("OK (12 ms)") == ["[2001:db8::9]:5060"])
        #expect(try entry("UNREACHABLE") == ["none"])
        #expect(try entry("Unmonitored") == ["[2001:db8::9]:5060"])
    }

    private static func hint(_ number: String, _ hint: String, _ status: Int, context: String = "c") -> String {
        "Event: ExtensionStatus\nExten: \(number)\nContext: \(context)\nHint: \(hint)\nStatus: \(status)\n\n"
    }

    @Test("a hint that watches more than a device says nothing of the device's own state")
    func compositeHint() throws {
        for composite in ["PJSIP/101&Custom:DND101", "Custom:DND101&PJSIP/101,CustomPresence:101", "PJSIP/101&Queue:x"]
        {
            var interpreter = AsteriskInterpreter()
            interpreter.seenEndpoints = ["PJSIP/101"]
            #expect(
                try Reading.facts(Self.hint("101", composite, 2), &interpreter) == [
                    .endpointSeen(endpoint: "PJSIP/101", number: "101", context: "c", displayName: nil)
                ], "\(composite)")
        }
    }

    @Test("a device that several hints watch keeps one number, whichever speaks")
    func severalHints() throws {
        var interpreter = AsteriskInterpreter()
        let seen = { PBXFact.endpointSeen(endpoint: "PJSIP/101", number: $0, context: $1, displayName: nil) }
        #expect(try Reading.facts(Self.hint("7101", "PJSIP/101", 0), &interpreter).first == seen("7101", "c"))
        #expect(try Reading.facts(Self.hint("101", "PJSIP/101", 0), &interpreter) == [seen("101", "c")])
        for status in [8, 1, 0, 8, 1] {
            for number in ["7101", "101"] {
                let facts = try Reading.facts(Self.hint(number, "PJSIP/101", status), &interpreter)
                #expect(!facts.contains { if case .endpointSeen = $0 { true } else { false } })
            }
        }
        #expect(interpreter.device(number: "7101", context: "c") == "PJSIP/101")
        // A hint that is taken away leaves the other; the last one leaves no number.
        #expect(try Reading.facts(Self.hint("101", "PJSIP/101", -2), &interpreter) == [seen("7101", "c")])
        #expect(try Reading.facts(Self.hint("7101", "PJSIP/101", -1), &interpreter) == [seen("", "")])
        #expect(interpreter.device(number: "7101", context: "c") == nil)
    }

    @Test("hints that a second list does not name are gone")
    func listedHints() throws {
        var interpreter = AsteriskInterpreter()
        interpreter.seenEndpoints = ["PJSIP/101"]
        _ = try Reading.facts(Self.hint("1", "PJSIP/101", 0) + Self.hint("2", "SIP/9", 0), &interpreter)
        interpreter.beginSnapshot()
        interpreter.seenEndpoints = ["PJSIP/101"]
        _ = try Reading.facts(Self.hint("2", "SIP/9", 0), &interpreter)
        var events: [PBXEvent] = []
        interpreter.extensionListCompleted(into: &events)
        #expect(
            events == [.fact(.endpointSeen(endpoint: "PJSIP/101", number: "", context: "", displayName: nil))])
        #expect(interpreter.device(number: "1", context: "c") == nil)
        #expect(interpreter.device(number: "2", context: "elsewhere") == "SIP/9")
    }
}
