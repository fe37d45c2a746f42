import CTIServer
import TandemCore
import Testing

@Suite("Pushes (CTI reference 5.2) and freshness")
struct BroadcastTests {
    private let lyon = SiteID("lyon")!
    private let empty = EncodedObject.empty

    private func push(_ port: Port, _ changes: [ObjectChange]) {
        port.clear()
        port.server.broadcast(site: lyon, changes: changes, now: port.node.now)
        port.run()
    }

    private func line(_ members: String) -> JSONObject {
        json(#"{"class":"getlist","tipbxid":"lyon",\#(members)}"#)
    }

    @Test("Every change has its line, and only logged-in clients read it")
    func changes() {
        let port = Port()
        let alice = port.logIn()
        let stranger = port.open()
        push(
            port,
            [
                .config(ObjectKey(.phone, "1"), patch: EncodedObject(["number": "202"])),
                .status(ObjectKey(.phone, "1"), patch: EncodedObject(["hintstatus": "8"])),
                .removed(ObjectKey(.channel, "A-1")), .removed(ObjectKey(.channel, "B-1")),
                .removed(ObjectKey(.queueMember, "PJSIP/1,blue")),
            ])
        #expect(
            port.lines(alice) == [
                line(#""function":"updateconfig","listname":"phones","tid":"1","config":{"number":"202"}"#),
                line(#""function":"updatestatus","listname":"phones","tid":"1","status":{"hintstatus":"8"}"#),
                line(#""function":"delconfig","listname":"channels","list":["A-1","B-1"]"#),
                line(#""function":"delconfig","listname":"queuemembers","list":["PJSIP/1,blue"]"#),
            ])
        #expect(port.lines(stranger).isEmpty)
    }

    @Test("A batch is encoded once: one push, the same bytes for everyone")
    func encodedOnce() {
        let port = Port()
        let clients = (0..<50).map { _ in port.logIn() }
        push(
            port,
            (0..<20).map { .status(ObjectKey(.phone, "\($0)"), patch: EncodedObject(["hintstatus": "1"])) })
        #expect(port.pushes.count == 1)
        #expect(port.server.counters.bytesPushed > 0)
        for client in clients { #expect(port.rawInbox[client] == port.pushes) }
    }

    @Test("Objects of one list that come in one batch are named in one addconfig; channels are told at once")
    func added() {
        let port = Port()
        let alice = port.logIn()
        let status = EncodedObject(["state": "Ring"])
        push(
            port,
            [
                .added(ObjectKey(.channel, "A-1"), config: empty, status: status),
                .status(ObjectKey(.phone, "1"), patch: EncodedObject(["hintstatus": "8"])),
                .added(ObjectKey(.phone, "3"), config: empty, status: empty),
                .added(ObjectKey(.channel, "B-1"), config: empty, status: status),
            ])
        #expect(
            port.lines(alice) == [
                line(#""function":"addconfig","listname":"channels","list":["A-1","B-1"]"#),
                line(#""function":"updatestatus","listname":"channels","tid":"A-1","status":{"state":"Ring"}"#),
                line(#""function":"updatestatus","listname":"phones","tid":"1","status":{"hintstatus":"8"}"#),
                line(#""function":"addconfig","listname":"phones","list":["3"]"#),
                line(#""function":"updatestatus","listname":"channels","tid":"B-1","status":{"state":"Ring"}"#),
            ])
    }

    @Test("Coming and going keep their order")
    func addedAndRemoved() {
        let port = Port()
        let alice = port.logIn()
        let key = ObjectKey(.phone, "3")
        push(
            port,
            [
                .removed(key), .added(key, config: empty, status: empty), .removed(key),
                .added(key, config: empty, status: empty),
            ])
        #expect(
            port.lines(alice).map { $0["function"] } == ["delconfig", "addconfig", "delconfig", "addconfig"])
    }

    @Test("A change of the site itself is a sitestatus")
    func siteObject() {
        let port = Port()
        let alice = port.logIn()
        push(port, [.status(ObjectKey(.site, "self"), patch: EncodedObject(["pbx": "down"]))])
        #expect(
            port.lines(alice) == [
                json(#"{"class":"sitestatus","ipbxid":"lyon","state":"fresh","age":0.0,"status":{"pbx":"down"}}"#)
            ])
    }

    @Test("A long batch is cut into several pushes")
    func bounded() {
        let port = Port()
        let alice = port.logIn()
        let long = EncodedObject(["text": .string(String(repeating: "x", count: 1_000))])
        push(port, (0..<1_000).map { .status(ObjectKey(.phone, "\($0)"), patch: long) })
        #expect(port.pushes.count > 3)
        #expect(port.pushes.allSatisfy { $0.count < 300 << 10 })
        #expect(port.lines(alice).count == 1_000)
    }

    @Test("Nothing is encoded while nobody listens")
    func nobody() {
        let port = Port()
        push(port, [.status(ObjectKey(.phone, "1"), patch: EncodedObject(["hintstatus": "1"]))])
        #expect(port.pushes.isEmpty && port.server.counters.bytesPushed == 0)
    }

    // MARK: Freshness

    private func become(_ port: Port, _ freshness: Freshness, _ age: Double?) {
        port.clear()
        port.node.freshnesses[lyon] = (freshness, age)
        port.server.siteFreshnessChanged(site: lyon, freshness: freshness, age: age, now: port.node.now)
        port.run()
    }

    private func status(_ port: Port, _ client: ClientID, _ list: String, _ id: String) -> JSONObject? {
        port.lines(client).last { $0["listname"] == .string(list) && $0["tid"] == .string(id) }?["status"]?.objectValue
    }

    @Test("A site that becomes stale says so itself, and so does each of its objects")
    func stale() {
        let port = Port()
        let alice = port.logIn()
        become(port, .stale(since: port.node.now.instant), 4.26)
        #expect(
            port.lines(alice).first
                == json(#"{"class":"sitestatus","ipbxid":"lyon","state":"stale","age":4.3}"#))
        #expect(port.lines(alice).count == 5)
        #expect(status(port, alice, "phones", "1") == ["stale": true, "age": 4.3])
        #expect(status(port, alice, "channels", "PJSIP/201-1") == ["stale": true, "age": 4.3])
    }

    @Test("A site of which nothing is known shows neutral values; fresh again, everything is told anew")
    func unknownThenFresh() {
        let port = Port()
        let alice = port.logIn()
        become(port, .unknown, nil)
        #expect(
            status(port, alice, "phones", "1") == ["hintstatus": "-1", "channels": [], "stale": true, "age": nil])
        #expect(
            status(port, alice, "users", "7")
                == ["connection": nil, "availstate": "disconnected", "stale": true, "age": nil])
        #expect(status(port, alice, "agents", "3")?["status"] == "undefined")
        become(port, .fresh, nil)
        #expect(port.lines(alice).first?["state"] == "fresh")
        #expect(
            status(port, alice, "phones", "1")
                == ["hintstatus": "0", "channels": ["PJSIP/201-1"], "stale": false])
        #expect(status(port, alice, "users", "7")?["availstate"] == "available")
    }

    @Test("getlist and pushes of a site that is not fresh carry the mark", arguments: [false, true])
    func marked(_ isUnknown: Bool) {
        let port = Port()
        let alice = port.logIn()
        port.node.freshnesses[lyon] = isUnknown ? (.unknown, 700) : (.stale(since: port.node.now.instant), 7)
        let reply = port.ask(
            alice, #"{"class":"getlist","function":"updatestatus","listname":"phones","tipbxid":"lyon","tid":"1"}"#)
        #expect(reply["status"]?["stale"] == true)
        #expect(reply["status"]?["age"] == (isUnknown ? 700.0 : 7.0))
        #expect(reply["status"]?["hintstatus"] == (isUnknown ? "-1" : "0"))
        let unknown = port.ask(
            alice, #"{"class":"getlist","function":"updatestatus","listname":"phones","tipbxid":"lyon","tid":"99"}"#)
        #expect(unknown["status"] == [:])
        push(
            port,
            [
                .status(ObjectKey(.phone, "1"), patch: EncodedObject(["hintstatus": "0"])),
                .added(ObjectKey(.channel, "A-1"), config: empty, status: EncodedObject(["state": "Up"])),
            ])
        for line in port.lines(alice) where line["function"] == "updatestatus" {
            #expect(line["status"]?["stale"] == true)
            if isUnknown { #expect(line["status"]?["hintstatus"] != "0" && line["status"]?["state"] != "Up") }
        }
    }

    @Test("Many objects are told in bounded pieces, the last word being the present state")
    func pieces() {
        var configuration = CTIServerConfiguration()
        configuration.freshnessChunk = 100
        let port = Port(configuration)
        let alice = port.logIn()
        for id in 0..<1_000 { port.node.add("phone:lyon/x\(id)", status: ["hintstatus": "0"]) }
        become(port, .stale(since: port.node.now.instant), 1)
        #expect(port.lines(alice).count <= 101)
        #expect(port.server.nextDeadline == port.node.now.instant)
        // Fresh again before the first story was told: the rest of it is never told.
        port.node.freshnesses[lyon] = (.fresh, nil)
        port.server.siteFreshnessChanged(site: lyon, freshness: .fresh, age: nil, now: port.node.now)
        port.run()
        port.pass(.seconds(1))
        #expect(port.server.nextDeadline == nil)
        var shown: [String: JSONObject] = [:]
        for line in port.lines(alice) where line["listname"] == "phones" {
            guard let id = line["tid"]?.stringValue, let status = line["status"]?.objectValue else { continue }
            shown[id, default: [:]].merge(status)
        }
        #expect(shown.count == 1_001)
        #expect(shown.values.allSatisfy { $0["stale"] == false && $0["hintstatus"] == "0" })
    }
}
