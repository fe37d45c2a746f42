import TandemCore
import Testing

@testable import CTIServer

/// Guessing is bounded by account and address together, by address and by account; others get in.
@Suite("The throttle of logins") struct LoginThrottleTests {
    /// A throttle and a clock; every attempt that is judged has a wrong password unless it says otherwise.
    private struct Door {
        var throttle = LoginThrottle(LoginThrottle.Settings())
        var now = Instant(nanoseconds: 0)

        /// Whether the attempt is judged, at once or after the wait that it is told.
        mutating func isJudged(_ account: String, _ address: String, right: Bool = false) -> Bool {
            let verdict = throttle.attempt(at: account, exists: !account.hasPrefix("nobody"), from: address, now: now)
            guard verdict != .never else { return false }
            if right { throttle.succeeded(at: account, from: address) }
            return true
        }

        mutating func verdict(_ account: String, _ address: String) -> LoginThrottle.Verdict {
            throttle.attempt(at: account, exists: !account.hasPrefix("nobody"), from: address, now: now)
        }
    }

    /// Who guesses, how often a second, and how many guesses an hour may be judged.
    struct Attack: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let account: @Sendable (Int) -> String
        let address: @Sendable (Int) -> String
        /// After every so many guesses the attacker logs in to an account of his own.
        var resets: Int?
        let judgedInAnHour: Int
    }

    @Test(
        "An hour of guessing, ten a second",
        arguments: [
            // 5, then after 1, 2, 4 … 256 s, then one in 300 s.
            Attack(
                testDescription: "one account from one address", account: { _ in "alice" },
                address: { _ in "203.0.113.9" }, judgedInAnHour: 30),
            Attack(
                testDescription: "the same, with logins to an own account in between", account: { _ in "alice" },
                address: { _ in "203.0.113.9" }, resets: 3, judgedInAnHour: 30),
            Attack(
                testDescription: "many accounts from one address", account: { "user\($0 % 500)" },
                address: { _ in "203.0.113.9" }, judgedInAnHour: 20 + 3_600 + 5 + 500 * 4),
            Attack(
                testDescription: "the same with logins in between", account: { "user\($0 % 500)" },
                address: { _ in "203.0.113.9" }, resets: 3, judgedInAnHour: 20 + 3_600 + 5 + 500 * 4),
            Attack(
                testDescription: "the same from one network of IPv6", account: { "user\($0 % 500)" },
                address: { "2001:db8:0:7::\(String($0, radix: 16))" }, judgedInAnHour: 20 + 3_600 + 5 + 500 * 4),
            Attack(
                testDescription: "one account from many addresses", account: { _ in "alice" },
                address: { "10.0.\($0 / 250 % 250).\($0 % 250)" }, judgedInAnHour: 20 + 1_800 + 3),
        ])
    func attacks(_ attack: Attack) {
        var door = Door()
        var judged = 0
        for number in 0..<36_000 {
            door.now = Instant(nanoseconds: 100_000_000 * Int64(number))
            if door.isJudged(attack.account(number), attack.address(number)) { judged += 1 }
            if let resets = attack.resets, number % resets == 0 {
                _ = door.isJudged("mallory", attack.address(number), right: true)
            }
        }
        #expect(judged <= attack.judgedInAnHour)
        #expect(judged >= attack.judgedInAnHour / 3, "the bound is what it is said to be")
    }

    @Test(
        "While somebody guesses at one account, a colleague at the same address and the owner elsewhere get in at once")
    func bystanders() {
        var door = Door()
        for number in 0..<1_000 {
            door.now = Instant(nanoseconds: 1_000_000 * Int64(number))
            _ = door.isJudged("alice", "203.0.113.9")
        }
        let verdicts = [
            door.verdict("alice", "203.0.113.9"), door.verdict("bob", "203.0.113.9"),
            door.verdict("alice", "198.51.100.1"),
        ]
        #expect(verdicts == [.never, .now, .now])
    }

    @Test(
        "However many accounts and names are tried from an address, somebody else's first attempt there is judged at once"
    )
    func spray() {
        var door = Door()
        for number in 0..<20_000 {
            door.now = Instant(nanoseconds: 10_000_000 * Int64(number))
            _ = door.isJudged(number % 2 == 0 ? "user\(number % 400)" : "nobody\(number)", "203.0.113.9")
        }
        let verdicts = [
            door.verdict("user0", "203.0.113.9"), door.verdict("bob", "203.0.113.9"),
            door.verdict("bob", "203.0.113.9"),
        ]
        #expect(verdicts[0] == .never && verdicts[1] == .now && verdicts[2] != .now)
    }

    @Test("A flood of names that nobody has makes nothing be forgotten of an account, from however many addresses")
    func flood() {
        var door = Door()
        for _ in 0..<10 { _ = door.isJudged("alice", "203.0.113.9") }
        for number in 0..<60_000 { _ = door.isJudged("nobody\(number)", "10.9.\(number % 40).1") }
        let verdicts = [door.verdict("alice", "203.0.113.9"), door.verdict("bob", "203.0.113.9")]
        #expect(verdicts == [.never, .now])
        // From all of these addresses together an account's rate is kept, too.
        var judged = 0
        for number in 0..<2_000 {
            if door.isJudged("carol", "10.8.\(number / 250).\(number % 250)") { judged += 1 }
            _ = door.isJudged("nobody-\(number)", "10.7.0.\(number % 200)")
        }
        #expect(judged <= 20 + 3)
    }

    @Test("More accounts than are remembered of an address are no way around its limit; old ones make room")
    func manyAccounts() {
        var door = Door()
        var judged = 0
        for number in 0..<36_000 {
            door.now = Instant(nanoseconds: 100_000_000 * Int64(number))
            if door.isJudged("user\(number % 5_000)", "203.0.113.9") { judged += 1 }
        }
        #expect(judged <= 20 + 3_600 + 5 + 1_024 * 4)
        door.now = door.now + .seconds(901)
        let verdict = door.verdict("somebody", "203.0.113.9")
        #expect(verdict == .now)
    }

    @Test(
        "Who has logged in from an address before gets in at once, however much others guess there and at the account")
    func known() {
        var door = Door()
        _ = door.isJudged("alice", "198.51.100.1", right: true)
        _ = door.isJudged("bob", "203.0.113.9", right: true)
        for number in 0..<2_000 {
            _ = door.isJudged("user\(number)", "203.0.113.9")
            _ = door.isJudged("alice", "10.1.\(number / 250).\(number % 250)")
        }
        let strangers = [door.verdict("carol", "203.0.113.9"), door.verdict("alice", "198.51.100.2")]
        let friends = [door.verdict("bob", "203.0.113.9"), door.verdict("alice", "198.51.100.1")]
        #expect(strangers == [.never, .never] && friends == [.now, .now])
    }

    @Test("A known address is no free pass: guesses at the account from there are bounded as everywhere")
    func knownIsBounded() {
        var door = Door()
        _ = door.isJudged("alice", "203.0.113.9", right: true)
        var judged = 0
        for _ in 0..<100 where door.isJudged("alice", "203.0.113.9") { judged += 1 }
        #expect(judged == 5 + 2)
    }

    @Test("Logins that succeed cost nothing, however many come from one address at once")
    func officeMorning() {
        var door = Door()
        for number in 0..<2_000 {
            let verdict = door.verdict("user\(number)", "203.0.113.9")
            #expect(verdict == .now)
            door.throttle.succeeded(at: "user\(number)", from: "203.0.113.9")
        }
    }

    @Test("The waits double up to the longest, and a quarter of an hour without an attempt forgets them")
    func waits() {
        var door = Door()
        var waits: [Duration] = []
        for _ in 0..<16 {
            let begin = door.now
            while door.verdict("alice", "203.0.113.9") == .never { door.now = door.now + .seconds(1) }
            waits.append(door.now - begin)
            door.now = door.now + .seconds(5)
        }
        #expect(waits.first == .zero && waits.max() ?? .zero >= .seconds(290) && waits.max() ?? .zero <= .seconds(300))
        door.now = door.now + .seconds(300 + 901)
        var verdicts: Set<LoginThrottle.Verdict> = []
        for _ in 0..<5 { verdicts.insert(door.verdict("alice", "203.0.113.9")) }
        #expect(verdicts == [.now])
    }

    @Test("What is remembered is bounded, each address and account has a share, and long names fill nothing")
    func bounded() {
        var settings = LoginThrottle.Settings()
        settings.entries = 400
        settings.share = 50
        var door = Door(throttle: LoginThrottle(settings))
        _ = door.isJudged("alice", "198.51.100.1", right: true)
        for number in 0..<5_000 {
            door.now = door.now + .seconds(1)
            _ = door.isJudged(String(repeating: "ä", count: 30_000) + "\(number)", "203.0.113.9")
            _ = door.isJudged("user\(number)", "203.0.113.9")
            _ = door.isJudged("mallory", "10.2.\(number / 250).\(number % 250)", right: true)
        }
        #expect(door.throttle.counts.allSatisfy { $0 <= 400 })
        // Mallory's many addresses took no place of alice's known one.
        for number in 0..<100 { _ = door.isJudged("alice", "10.3.0.\(number)") }
        let verdict = door.verdict("alice", "198.51.100.1")
        #expect(verdict == .now)
    }
}

/// Connections that are not logged in have a share per address; who logs in keeps the connection.
@Suite("Strangers at the CTI port") struct StrangerTests {
    private func port(connections: Int = 1_000, strangers: Int = 6, share: Int = 4) -> Port {
        var configuration = CTIServerConfiguration()
        configuration.connections = connections
        configuration.strangers = strangers
        configuration.strangersPerAddress = share
        return Port(configuration)
    }

    @Test("Beyond an address's share its oldest silent connection is cut; logged-in ones and other addresses stay")
    func share() {
        let port = port()
        let alice = port.logIn(address: "203.0.113.9")
        let bob = port.open(address: "198.51.100.1")
        let silent = (0..<10).map { _ in port.open(address: "203.0.113.9") }
        #expect(silent.map { port.closed[$0] == nil } == (0..<10).map { $0 >= 6 })
        #expect(port.closed[alice] == nil && port.closed[bob] == nil)
        #expect(port.server.counters.strangersCut == 6)
        #expect(port.lines(port.logIn("bob", address: "203.0.113.9")).last?["class"] == "login_capas")
    }

    @Test("Beyond the overall number the oldest of the address with the most is cut")
    func overall() {
        let port = port()
        let first = port.open(address: "198.51.100.1")
        let many = (0..<4).map { _ in port.open(address: "203.0.113.9") }
        let others = (0..<4).map { port.open(address: "192.0.2.\($0)") }
        #expect(port.closed[first] == nil)
        #expect(many.map { port.closed[$0] == nil } == [false, false, false, true])
        #expect(others.allSatisfy { port.closed[$0] == nil })
    }

    @Test("Where all places are taken a stranger gives way, never somebody who is logged in")
    func full() {
        let port = port(connections: 3)
        let alice = port.logIn(address: "203.0.113.9")
        let silent = [port.open(address: "203.0.113.9"), port.open(address: "203.0.113.9")]
        #expect(port.server.takesMore)
        let bob = port.logIn("bob", address: "198.51.100.1")
        #expect(port.closed[silent[0]] != nil && port.closed[silent[1]] == nil)
        #expect(port.closed[alice] == nil && port.closed[bob] == nil)
        port.close(silent[0])
        let carol = port.logIn("bob", address: "198.51.100.1")
        #expect(port.closed[silent[1]] != nil && port.closed[carol] == nil)
        port.close(silent[1])
        #expect(!port.server.takesMore)
    }
}
