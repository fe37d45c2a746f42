import TandemCore
import Testing

@testable import AMI

@Suite("AMI session")
struct AMISessionTests {
    /// A session and its decoder, driven by text.
    final class Bench {
        var session: AMISession
        var decoder = AMIDecoder()
        var now = Instant(nanoseconds: 0)

        init(pendingLimit: Int = 10) {
            session = AMISession(
                .init(
                    user: HeaderText(literal: "cti"), secret: Secret("s3cret"),
                    actionIDPrefix: HeaderText(literal: "t-"), pendingLimit: pendingLimit))
            session.connected(at: now)
        }

        func hear(_ text: String) -> [AMISession.Reception] {
            var receptions: [AMISession.Reception] = []
            var session = session
            let now = now
            decoder.decode(wire(text)) { receptions.append(session.receive($0, at: now)) }
            self.session = session
            return receptions
        }

        func written() -> String { String(decoding: session.takeOutput(), as: UTF8.self) }

        func makeReady() {
            _ = hear("Asterisk Call Manager/5.0.4\n")
            _ = hear("Response: Success\nActionID: t-1\nMessage: Authentication accepted\n\n")
            _ = hear("Event: FullyBooted\nStatus: Fully Booted\n\n")
            _ = written()
        }

        func submit(_ completion: AMICompletion = .answer) throws -> AMIActionID {
            try session.submit(AMIAction("Test"), completion: completion, timeout: .seconds(5), at: now)
        }
    }

    @Test("greeting, login, boot, ready")
    func login() {
        let bench = Bench()
        #expect(bench.session.phase == .greeting)
        #expect(bench.written() == "")
        #expect(bench.hear("Asterisk Call Manager/11.0.0\n") == [.handled])
        #expect(
            bench.written()
                == "Action: Login\r\nActionID: t-1\r\nUsername: cti\r\nSecret: s3cret\r\n"
                + "Events: system,call,agent,user\r\n\r\n")
        #expect(throws: AMISessionFailure.notReady) { _ = try bench.submit() }
        #expect(bench.hear("Response: Success\nActionID: t-1\nMessage: Authentication accepted\n\n") == [.handled])
        #expect(bench.session.phase == .booting)
        #expect(bench.hear("Event: SuccessfulAuth\n\nEvent: FullyBooted\n\n") == [.event, .becameReady])
        #expect(bench.session.phase == .ready)
        #expect(bench.session.pendingCount == 0)
    }

    @Test("a wrong secret ends the session with Asterisk's words and never shows the secret")
    func wrongSecret() {
        let bench = Bench()
        _ = bench.hear("Asterisk Call Manager/11.0.0\n")
        let receptions = bench.hear("Response: Error\nActionID: t-1\nMessage: Authentication failed\n\n")
        #expect(receptions == [.ended(.loginRefused(message: "Authentication failed"))])
        #expect(!"\(receptions) \(bench.session.settings)".contains("s3cret"))
    }

    @Test("a silent server, an unanswered login and an endless boot each time out by name")
    func loginTimeouts() {
        let bench = Bench()
        bench.now = bench.now + .seconds(15)
        #expect(bench.session.nextDeadline == bench.now)
        #expect(bench.session.advance(to: bench.now) == [.ended(.loginTimedOut(phase: "greeting"))])
        let second = Bench()
        _ = second.hear("Asterisk Call Manager/11.0.0\n")
        second.now = second.now + .seconds(16)
        #expect(second.session.advance(to: second.now) == [.ended(.loginTimedOut(phase: "answer to Login"))])
        let third = Bench()
        _ = third.hear("Asterisk Call Manager/11.0.0\nResponse: Success\nActionID: t-1\n\n")
        third.now = third.now + .seconds(16)
        #expect(third.session.advance(to: third.now) == [.ended(.loginTimedOut(phase: "FullyBooted"))])
    }

    @Test("an answer ends its action; yes, no and the words of no")
    func answers() throws {
        let bench = Bench()
        bench.makeReady()
        let first = try bench.submit()
        let second = try bench.submit()
        #expect(
            bench.hear(
                "Response: Error\nActionID: \(bench.session.wireID(second))\nMessage: No such channel\n\n"
                    + "Response: Success\nActionID: \(bench.session.wireID(first))\n\n")
                == [.refused(second, message: "No such channel"), .accepted(first)])
        #expect(bench.session.pendingCount == 0)
    }

    @Test("a list gives its items and its end; an error is its end too")
    func lists() throws {
        let bench = Bench()
        bench.makeReady()
        let list = try bench.submit(.list)
        let id = bench.session.wireID(list)
        #expect(
            bench.hear(
                "Response: Success\nActionID: \(id)\nEventList: start\n\nEvent: Newstate\n\n"
                    + "Event: CoreShowChannel\nActionID: \(id)\n\n"
                    + "Event: CoreShowChannelsComplete\nActionID: \(id)\nEventList: Complete\n\n")
                == [.accepted(list), .event, .listItem(list), .listComplete(list)])
        let old = try bench.submit(.list)
        #expect(
            bench.hear("Event: QueueStatusComplete\nActionID: \(bench.session.wireID(old))\n\n") == [.listComplete(old)]
        )
        let refused = try bench.submit(.list)
        #expect(
            bench.hear(
                "Response: Error\nActionID: \(bench.session.wireID(refused))\nMessage: No active conferences.\n\n")
                == [.refused(refused, message: "No active conferences.")])
        #expect(bench.session.pendingCount == 0)
    }

    @Test("an originate ends with its OriginateResponse; another client's is no event of ours")
    func originate() throws {
        let bench = Bench()
        bench.makeReady()
        let call = try bench.submit(.originate)
        let id = bench.session.wireID(call)
        #expect(
            bench.hear(
                "Response: Success\nActionID: \(id)\nMessage: Originate successfully queued\n\n"
                    + "Event: OriginateResponse\nActionID: other-3\nReason: 4\n\n"
                    + "Event: OriginateResponse\nActionID: \(id)\nReason: 0\n\n")
                == [.accepted(call), .handled, .originateEnded(call)])
        #expect(bench.session.counters.unknownAnswers == 1)
    }

    @Test("late and foreign answers are counted and change nothing")
    func lateAnswers() throws {
        let bench = Bench()
        bench.makeReady()
        let id = try bench.submit()
        bench.now = bench.now + .seconds(6)
        #expect(bench.session.advance(to: bench.now) == [.action(id)])
        #expect(
            bench.hear(
                "Response: Success\nActionID: \(bench.session.wireID(id))\n\nResponse: Success\nActionID: x-2\n\n"
                    + "Response: Success\nActionID: t-99999\n\nResponse: Success\n\n")
                == [.handled, .handled, .handled, .handled])
        #expect(bench.session.counters.lateAnswers == 1)
        #expect(bench.session.counters.unknownAnswers == 3)
        #expect(bench.session.counters.timeouts == 1)
    }

    @Test("pending actions are bounded, and lost with the connection in order")
    func bounds() throws {
        let bench = Bench(pendingLimit: 3)
        bench.makeReady()
        let ids = [try bench.submit(), try bench.submit(.list), try bench.submit(.originate)]
        #expect(throws: AMISessionFailure.tooManyPending(limit: 3)) { _ = try bench.submit() }
        #expect(bench.session.disconnected() == ids)
        #expect(bench.session.nextDeadline == nil)
        bench.session.connected(at: bench.now)
        bench.decoder = AMIDecoder()
        bench.makeReady()
        #expect(try bench.submit().number > ids[2].number)
    }

    @Test("a quiet manager is pinged; an answer keeps the session, none ends it")
    func keepalive() {
        let bench = Bench()
        bench.makeReady()
        #expect(bench.session.nextDeadline == bench.now + .seconds(10))
        bench.now = bench.now + .seconds(10)
        #expect(bench.session.advance(to: bench.now) == [])
        let ping = bench.written()
        #expect(ping.hasPrefix("Action: Ping\r\nActionID: t-2\r\n"))
        #expect(bench.session.advance(to: bench.now) == [])
        #expect(bench.written() == "")
        #expect(bench.hear("Response: Success\nActionID: t-2\nPing: Pong\n\n") == [.handled])
        #expect(bench.session.nextDeadline.map { $0 >= bench.now + .seconds(10) } == true)
        bench.now = bench.now + .seconds(10)
        #expect(bench.session.advance(to: bench.now) == [])
        bench.now = bench.now + .seconds(10)
        #expect(bench.session.advance(to: bench.now) == [.ended(.silent(.seconds(20)))])
        #expect(bench.session.phase == .closed)
    }

    @Test("logoff and shutdown end the session by name")
    func endings() {
        let bench = Bench()
        bench.makeReady()
        bench.session.logoff(at: bench.now)
        #expect(bench.written().hasPrefix("Action: Logoff\r\n"))
        #expect(bench.hear("Response: Goodbye\nMessage: Thanks for all the fish.\n\n") == [.ended(.loggedOff)])
        let second = Bench()
        second.makeReady()
        #expect(second.hear("Event: Shutdown\nShutdown: Cleanly\n\n") == [.ended(.shutDown)])
    }
}
