import TandemCore
import Testing

@testable import Federation

@Suite("Greeting") struct GreetingTests {
    @Test("a good greeting is answered with link states and a heartbeat, and the link comes up") func goodGreeting() {
        var hand = Hand()
        hand.open()
        let greeting = hand.sent()
        #expect(greeting[0].hasPrefix(#"{"class":"rcti_hello","version":[1,1],"site":"a","incarnation":1"#))
        #expect(hand.core.links[0].state == .authenticating)
        hand.send(Hand.hello)
        let sent = hand.sent()
        #expect(sent.contains { $0.hasPrefix(#"{"class":"rcti_linkstate","origin":"a""#) })
        #expect(sent.last?.contains(#""echo":[5000000,0]"#) == true)
        #expect(hand.core.links[0].state == .syncing)
        hand.beat(number: 1, sequence: 0)
        #expect(hand.core.links[0].state == .established)
    }

    private func refusal(_ hello: String, certificate: String? = "b", allows: Bool = false) -> String? {
        var hand = Hand()
        if allows { hand.core.configuration.allowUnauthenticated = true }
        hand.open(certificate: certificate)
        _ = hand.effects()
        hand.send(hello)
        let effects = hand.effects()
        guard let reason = closeReason(effects) else { return nil }
        // The other side is told, and both logs can say why.
        #expect(lines(effects).contains { $0.hasPrefix(#"{"class":"rcti_refused""#) })
        #expect(
            effects.contains {
                if case .log(.warning, let text) = $0 { return text.contains(reason) }
                return false
            })
        return reason
    }

    @Test("what is routine is no warning: a spare socket, the end of a link after a goodbye") func quietRoutine() {
        func warns(_ effects: [FederationEffect]) -> Bool {
            effects.contains { if case .log(.warning, _) = $0 { true } else { false } }
        }
        for reason in [LinkTransport.spareSocket, LinkTransport.replacedSocket] {
            var hand = Hand()
            hand.open(dialed: true)
            var writer = FrameWriter()
            let told = writer.line(.refused(reason: reason))
            hand.core.linkReceived(hand.link, line: Array(told.dropLast()), now: moment(hand.time))
            #expect(!warns(hand.effects()))
        }
        var leaving = Hand()
        leaving.establish()
        var writer = FrameWriter()
        let goodbye = writer.line(.bye(reason: "the node is stopping"))
        leaving.core.linkReceived(leaving.link, line: Array(goodbye.dropLast()), now: moment(leaving.time))
        leaving.core.linkClosed(leaving.link, reason: "the connection was closed", now: moment(leaving.time))
        #expect(!warns(leaving.effects()))

        var lost = Hand()
        lost.establish()
        lost.core.linkClosed(lost.link, reason: "the connection was closed", now: moment(lost.time))
        #expect(warns(lost.effects()), "a loss without a goodbye is one")
    }

    @Test("the certificate must name the greeting site") func wrongCertificate() {
        #expect(refusal(Hand.hello, certificate: "mallory")?.contains("the certificate names mallory") == true)
    }

    @Test("without a certificate nobody comes in, unless the configuration allows it") func noCertificate() {
        #expect(refusal(Hand.hello, certificate: nil)?.contains("no certificate") == true)
        #expect(refusal(Hand.hello, certificate: nil, allows: true) == nil)
    }

    @Test("a site that is not configured, our own name and a life number of 0 are refused") func wrongSites() {
        #expect(
            refusal(Hand.hello.replacing("\"b\"", with: "\"x\""), certificate: "x")?.contains("no configured peer")
                == true)
        #expect(refusal(Hand.hello.replacing("\"b\"", with: "\"a\""), certificate: "a")?.contains("own name") == true)
        #expect(
            refusal(Hand.hello.replacing("incarnation\":1", with: "incarnation\":0"))?.contains("1 or more") == true)
    }

    @Test("without a common version the reason names both ranges") func versions() {
        let reason = refusal(Hand.hello.replacing("[1,1]", with: "[2,3]"))
        #expect(reason?.contains("a speaks 1 to 1, b speaks 2 to 3") == true)
        #expect(refusal(Hand.hello.replacing("[1,1]", with: "[1,9]")) == nil)
        #expect(refusal(Hand.hello.replacing("[1,1]", with: "[3,2]"))?.contains("version") == true)
    }

    @Test("anything before the greeting is refused; so is silence") func firstFrame() {
        #expect(refusal(#"{"class":"rcti_heartbeat","t":1,"clocks":[]}"#)?.contains("greeting must come first") == true)
        var hand = Hand()
        hand.open()
        hand.core.tick(now: moment(hand.time + 5_000))
        let effects = hand.effects()
        #expect(closeReason(effects)?.contains("no greeting") == true)
    }

    @Test("a newer life of the peer replaces the older socket at once; an older life does not") func halfOpen() {
        var hand = Hand()
        hand.establish()
        hand.core.linkConnected(LinkID(2), peer: site("b"), dialed: false, now: moment(hand.time))
        hand.core.linkReceived(
            LinkID(2), line: line(Hand.hello.replacing("incarnation\":1", with: "incarnation\":2")),
            now: moment(hand.time))
        let closed = hand.effects().compactMap { effect -> LinkID? in
            if case .close(let link, _) = effect { return link }
            return nil
        }
        #expect(closed == [LinkID(1)])
        hand.core.linkConnected(LinkID(3), peer: site("b"), dialed: false, now: moment(hand.time))
        hand.core.linkReceived(LinkID(3), line: line(Hand.hello), now: moment(hand.time))
        let effects = hand.effects()
        let refused = effects.compactMap { effect -> LinkID? in
            if case .close(let link, _) = effect { return link }
            return nil
        }
        #expect(refused == [LinkID(3)])
        // A node that lives does not go back to an earlier life: both logs hear that there are two of them.
        #expect(lines(effects).contains { $0.contains("rcti_refused") && $0.contains("two nodes are called b") })
        #expect(
            effects.contains {
                if case .log(.warning, let text) = $0 { return text.contains("two nodes are called b") }
                return false
            })
    }

    @Test("redials back off, with jitter, up to the cap, and repeat exactly") func backOff() {
        func pauses() -> [Int64] {
            var core = Federation(
                configuration: FederationConfiguration(site: site("a"), links: [.init(peer: site("b"))]),
                incarnation: 1, now: moment(0))
            var time: Int64 = 0
            var last: Int64?
            var pauses: [Int64] = []
            while pauses.count < 9, time < 200_000 {
                core.tick(now: moment(time))
                for case .dial in core.takeEffects() {
                    if let last { pauses.append(time - last) }
                    last = time
                    core.dialFailed(peer: site("b"), reason: "refused", now: moment(time))
                }
                time += 5
            }
            return pauses
        }
        let first = pauses()
        #expect(first == pauses())
        #expect((120...260).contains(first[0]))
        #expect(zip(first, first.dropFirst()).filter { $0 < $1 }.count >= 4)
        #expect(first.allSatisfy { $0 <= 10_010 })
        #expect(first.suffix(2).allSatisfy { $0 >= 5_000 })
    }
}
