import TandemCore
import Testing

@testable import Federation

@Suite("Frames") struct FrameTests {
    private func read(_ bytes: [UInt8]) throws -> Frame {
        var reader = FrameReader()
        #expect(bytes.last == 0x0A)
        return try bytes.dropLast().withUnsafeBufferPointer { try reader.read($0) }
    }

    static let samples: [Frame] = [
        .hello(
            HelloFrame(versions: 1...3, site: site("a"), incarnation: 7, features: ["x"], nonce: 4, stamp: -5)),
        .heartbeat(
            HeartbeatFrame(
                stamp: 9, echo: .init(stamp: 8, held: 7),
                clocks: [.init(site: site("c"), incarnation: 1, sequence: 2, beat: 3, ageMilliseconds: 4)])),
        .heartbeat(HeartbeatFrame(stamp: 0, echo: nil, clocks: [])),
        .linkState(
            LinkStateAdvertisement(
                origin: site("c"), incarnation: 1, sequence: 2, neighbours: [.init(site: site("a"), cost: 10)])),
        .pull(PullFrame(site: site("c"), incarnation: 1, sequence: 2, window: 3, pull: 4, isStart: true, chunk: nil)),
        .pull(PullFrame(site: site("c"), incarnation: 1, sequence: 2, window: 3, pull: 4, isStart: false, chunk: 5)),
        .unpull(site("c")),
        .changes(
            ChangesFrame(
                site: site("c"), pull: 1, incarnation: 2, from: 3, to: 6,
                list: [
                    .change(.removed(phone("1")), encoded: line(#"["removed","phone","1"]"#)), .hole(2),
                    .change(status("2", "4"), encoded: line(#"["status","phone","2",{"hintstatus":"4"}]"#)),
                ])),
        .snapshot(
            SnapshotFrame(
                site: site("c"), pull: 1, incarnation: 2, sequence: 3, chunk: 4, isLast: true,
                objects: [.init(key: phone("PJSIP/1"), config: document("a", "é"), status: .empty)])),
        .digest(DigestFrame(site: site("c"), pull: 1, incarnation: 2, sequence: 3, digest: .max)),
        .command(
            CommandFrame(
                request: CommandRequest(
                    key: key("k"), target: site("c"), origin: CommandOrigin(site: site("a"), user: "5"), verb: "dial",
                    body: document("class", "ipbxcommand"), timeLeft: .milliseconds(1_500)),
                hops: [site("a"), site("b")])),
        .progress(ProgressFrame(key: key("k"), to: site("a"), hops: 3, number: 2, body: document("a", "é"))),
        .answer(AnswerFrame(key: key("k"), to: site("a"), hops: 9, answer: .done(document("x", "1")))),
        .answer(AnswerFrame(key: key("k"), to: site("a"), hops: 9, answer: .refused(reason: "no \"way\"", .empty))),
        .answer(
            AnswerFrame(
                key: key("k"), to: site("a"), hops: 9, answer: .notDelivered(reason: .tooManyHops, at: site("b")))),
        .answer(AnswerFrame(key: key("k"), to: site("a"), hops: 9, answer: .unknown(at: site("c")))),
        .refused(reason: "y"), .bye(reason: "x"), .other("rcti_later"),
    ]

    @Test("every frame reads back as it was written, and is written again byte for byte", arguments: samples)
    func roundTrips(frame: Frame) throws {
        var writer = FrameWriter()
        let bytes = writer.line(frame)
        let got = try read(bytes)
        #expect(got == frame)
        #expect(writer.line(got) == bytes)
    }

    @Test("changes and snapshots carry objects of every type, with holes between them") func bulk() throws {
        var writer = FrameWriter()
        for type in ObjectType.allCases {
            let key = ObjectKey(type, #"PJSIP/10"1-é"#)
            let changes: [ObjectChange] = [
                .added(key, config: document("a", "1"), status: .empty), .config(key, patch: document("a", "2")),
                .status(key, patch: document("b", "3")), .removed(key),
            ]
            let elements = changes.map { writer.element($0) }
            writer.beginChanges(site: site("c"), pull: 1, incarnation: 2, from: 10)
            writer.encodedElement(elements[0])
            writer.hole(5)
            for element in elements.dropFirst() { writer.encodedElement(element) }
            guard case .changes(let frame) = try read(writer.endChanges(to: 18).line) else {
                Issue.record("another class was read")
                return
            }
            var got: [ObjectChange] = []
            var holes: [UInt64] = []
            for item in frame.list {
                switch item {
                case .change(let change, let encoded):
                    #expect(encoded == elements[got.count])
                    got.append(change)
                case .hole(let length): holes.append(length)
                }
            }
            #expect(got == changes && holes == [5] && frame.from == 10 && frame.to == 18)
        }
    }

    @Test("documents of a peer that writes differently are written anew, so that copies stay equal byte for byte")
    func foreignWriting() throws {
        let text =
            #"{"class":"rcti_snapshot","site":"c","pull":1,"incarnation":1,"sequence":1,"chunk":0,"last":true,"#
            + #""objects":[["phone","1",{ "a" : [1, 2] },{"n":"é","k":1,"k":2}]]}"# + "\n"
        guard case .snapshot(let frame) = try read(line(text)) else {
            Issue.record("another class was read")
            return
        }
        #expect(frame.objects[0].config.description == #"{"a":[1,2]}"#)
        #expect(frame.objects[0].status.description == #"{"n":"\u00e9","k":2}"#)
    }

    /// Each is one line that a broken or hostile peer may send on an established link.
    static let malformed: [(String, String)] = [
        ("", "JSON"), ("{", "JSON"), ("[]", "an object"), ("{}", "class"), (#"{"class":5}"#, "class"),
        (#"{"class":"rcti_heartbeat"}"#, "t is missing"),
        (#"{"class":"rcti_heartbeat","t":"x","clocks":[]}"#, "t must be"),
        (#"{"class":"rcti_heartbeat","t":1}"#, "clocks"), (#"{"class":"rcti_heartbeat","t":1,"clocks":{}}"#, "clocks"),
        (#"{"class":"rcti_heartbeat","t":1,"clocks":[["b",1,2]]}"#, "clocks"),
        (#"{"class":"rcti_heartbeat","t":1,"clocks":[["b",1,2,3,-4]]}"#, "clocks"),
        (#"{"class":"rcti_heartbeat","t":1,"clocks":[["b b",1,2,3,4]]}"#, "clocks"),
        (#"{"class":"rcti_heartbeat","t":1,"echo":[1],"clocks":[]}"#, "echo"),
        (#"{"class":"rcti_heartbeat","t":1,"echo":[1,-1],"clocks":[]}"#, "echo"),
        (#"{"class":"rcti_linkstate","origin":"","incarnation":1,"sequence":1,"neighbours":[]}"#, "origin"),
        (#"{"class":"rcti_linkstate","origin":"c","incarnation":-1,"sequence":1,"neighbours":[]}"#, "incarnation"),
        (
            #"{"class":"rcti_linkstate","origin":"c","incarnation":99999999999999999999,"sequence":1,"neighbours":[]}"#,
            "incarnation"
        ),
        (#"{"class":"rcti_linkstate","origin":"c","incarnation":1,"sequence":1.5,"neighbours":[]}"#, "sequence"),
        (#"{"class":"rcti_linkstate","origin":"c","incarnation":1,"sequence":1,"neighbours":[["b",0]]}"#, "neighbours"),
        (#"{"class":"rcti_linkstate","origin":"c","incarnation":1,"sequence":1,"neighbours":["b"]}"#, "neighbours"),
        (#"{"class":"rcti_pull","site":"a","pull":1,"incarnation":1,"sequence":1}"#, "window"),
        (#"{"class":"rcti_pull","site":"a","pull":1,"incarnation":1,"sequence":1,"window":1,"chunk":-1}"#, "chunk"),
        (#"{"class":"rcti_pull","site":"a","pull":1,"incarnation":1,"sequence":1,"window":1,"start":5}"#, "start"),
        (#"{"class":"rcti_pull","site":"b","pull":1,"incarnation":1,"sequence":0,"window":1,"start":true}"#, "site"),
        (#"{"class":"rcti_unpull","site":7}"#, "site"),
        (
            #"{"class":"rcti_changes","site":"a","pull":1,"incarnation":1,"from":1,"to":1,"list":[["removed","phone","1"]]}"#,
            "own"
        ),
        (#"{"class":"rcti_changes","site":"b","pull":1,"incarnation":1,"from":0,"to":0,"list":[]}"#, "from"),
        (#"{"class":"rcti_changes","site":"b","pull":1,"incarnation":1,"from":1,"to":5,"list":[]}"#, "to"),
        (
            #"{"class":"rcti_changes","site":"b","pull":1,"incarnation":1,"from":1,"to":1,"list":[["gone","phone","1"]]}"#,
            "element 0"
        ),
        (
            #"{"class":"rcti_changes","site":"b","pull":1,"incarnation":1,"from":1,"to":1,"list":[["removed","tree","1"]]}"#,
            "element 0"
        ),
        (
            #"{"class":"rcti_changes","site":"b","pull":1,"incarnation":1,"from":1,"to":1,"list":[["removed","phone",""]]}"#,
            "element 0"
        ),
        (
            #"{"class":"rcti_changes","site":"b","pull":1,"incarnation":1,"from":1,"to":1,"list":[["status","phone","1",[]]]}"#,
            "element 0"
        ),
        (
            #"{"class":"rcti_changes","site":"b","pull":1,"incarnation":1,"from":1,"to":1,"list":[["removed","phone","a\n"]]}"#,
            "element 0"
        ),
        (#"{"class":"rcti_changes","site":"b","pull":1,"incarnation":1,"from":1,"to":0,"list":[0]}"#, "hole"),
        (
            #"{"class":"rcti_snapshot","site":"a","pull":1,"incarnation":1,"sequence":1,"chunk":0,"last":true,"objects":[]}"#,
            "own"
        ),
        (#"{"class":"rcti_snapshot","site":"b","pull":1,"incarnation":1,"sequence":1,"chunk":0,"objects":[]}"#, "last"),
        (
            #"{"class":"rcti_snapshot","site":"b","pull":1,"incarnation":1,"sequence":1,"chunk":0,"last":true,"objects":[[1]]}"#,
            "element 0"
        ),
        (#"{"class":"rcti_digest","site":"b","pull":1,"incarnation":1,"sequence":1}"#, "digest"),
        (
            #"{"class":"rcti_command","target":"a","key":"","deadline_ms":1,"hops":["b"],"origin":["b","1"],"verb":"x","body":{}}"#,
            "key"
        ),
        (
            #"{"class":"rcti_command","target":"a","key":"k","deadline_ms":1,"hops":[],"origin":["b","1"],"verb":"x","body":{}}"#,
            "hops"
        ),
        (
            #"{"class":"rcti_command","target":"a","key":"k","deadline_ms":1,"hops":["c"],"origin":["b","1"],"verb":"x","body":{}}"#,
            "hops"
        ),
        (
            #"{"class":"rcti_command","target":"a","key":"k","deadline_ms":-1,"hops":["b"],"origin":["b","1"],"verb":"x","body":{}}"#,
            "deadline_ms"
        ),
        (
            #"{"class":"rcti_command","target":"a","key":"k","deadline_ms":1,"hops":["b"],"origin":"b","verb":"x","body":{}}"#,
            "origin"
        ),
        (
            #"{"class":"rcti_command","target":"a","key":"k","deadline_ms":1,"hops":["b"],"origin":["b","1"],"verb":"x","body":[]}"#,
            "body"
        ),
        (#"{"class":"rcti_answer","to":"a","key":"k","hops":1,"outcome":"maybe"}"#, "outcome"),
        (
            #"{"class":"rcti_answer","to":"a","key":"k","hops":1,"outcome":"not_delivered","reason":"x","site":"b"}"#,
            "reason"
        ),
        (#"{"class":"rcti_answer","to":"a","key":"k","hops":1,"outcome":"done"}"#, "body"),
        (#"{"class":"rcti_progress","to":"a","key":"k","hops":1,"number":0,"body":1}"#, "body"),
        (#"{"class":"rcti_bye"}"#, "reason"), (Hand.hello, "twice"),
    ]

    @Test("a bad frame closes its link with a reason that names the fault", arguments: malformed)
    func malformedFrames(frame: String, fault: String) {
        var hand = Hand()
        hand.establish()
        hand.send(frame)
        let effects = hand.effects()
        let reason = closeReason(effects)
        #expect(reason?.contains(fault) == true, "\(reason ?? "the link stays open")")
        let refusal = lines(effects).last { $0.hasPrefix(#"{"class":"rcti_refused""#) }
        #expect(refusal != nil)
        #expect(hand.core.counters.badFrames == 1)
        #expect(hand.core.links[0].state.word == "down")
    }

    @Test("unknown classes are skipped, oversized frames are not") func unknownAndOversized() {
        var hand = Hand()
        hand.establish()
        hand.send(#"{"class":"rcti_later","x":[1]}"#)
        let skipped = hand.effects()
        #expect(closeReason(skipped) == nil)
        hand.send(#"{"class":"rcti_later","x":"\#(String(repeating: "x", count: 1 << 20))"}"#)
        let oversized = hand.effects()
        #expect(closeReason(oversized)?.contains("bytes") == true)
    }

    @Test("a damaged frame is understood, skipped, or closes its own link with a reason; nothing else changes")
    func damage() {
        var state: UInt64 = 7
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var reader = FrameReader()
        var outcomes: [String: Int] = [:]
        let good = (Self.malformed.map(\.0) + Self.samples.map(Self.text)).map(line).filter { $0.count > 30 }
        for _ in 0..<3_000 {
            var hand = Hand(and: [.init(peer: site("d"), dials: false)])
            hand.establish()
            hand.core.linkConnected(LinkID(2), peer: site("d"), dialed: false, now: moment(hand.time))
            _ = hand.effects()
            let before = (hand.core.digest(of: site("a")), hand.core.objectCount(of: site("a")))
            var bytes = good[random(good.count)]
            for _ in 0...random(4) { bytes[random(bytes.count)] = UInt8(random(256)) }
            if random(3) == 0 { bytes.removeLast(random(bytes.count)) }
            let isFrame = (try? bytes.withUnsafeBufferPointer { try reader.read($0) }) != nil
            hand.core.linkReceived(hand.link, line: bytes, now: moment(hand.time))
            hand.core.tick(now: moment(hand.time + 100))

            let effects = hand.effects()
            let reason = closeReason(effects)
            // What is no frame closes the link, is counted, and the peer is told why.
            if !isFrame { #expect(reason?.isEmpty == false) }
            let badFrames = hand.core.counters.badFrames
            #expect(badFrames <= 1 && (isFrame || badFrames == 1))
            if badFrames == 1 {
                #expect(lines(effects).contains { $0.hasPrefix(#"{"class":"rcti_refused""#) })
            }
            #expect((reason != nil) == isClosed(hand))
            // Nobody but the home writes its objects, and the other link is as it was.
            #expect(hand.core.digest(of: site("a")) == before.0 && hand.core.objectCount(of: site("a")) == before.1)
            #expect(hand.core.links[1].state == .authenticating)
            let isOtherClosed = effects.contains { if case .close(LinkID(2), _) = $0 { true } else { false } }
            #expect(!isOtherClosed)
            outcomes[reason == nil ? "stays" : isFrame ? "breaks the rules" : "no frame", default: 0] += 1
        }
        // The damage reaches all three ends.
        #expect(outcomes.count == 3, "\(outcomes)")
    }

    private func isClosed(_ hand: Hand) -> Bool { !hand.core.transport.sockets.contains(hand.link) }

    private static func text(_ frame: Frame) -> String {
        var writer = FrameWriter()
        return String(decoding: writer.line(frame).dropLast(), as: UTF8.self)
    }
}
