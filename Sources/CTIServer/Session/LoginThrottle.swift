import TandemCore

/// Slows the guessing of passwords. A pure value; the server's tick does the waiting.
///
/// An attempt is counted three times: for its account from its address, for its address and for its account. The first
/// hurts most: after a few failures each further attempt waits twice as long as the one before. The other two bound what
/// many accounts tried from one address, and many addresses trying one account, add up to: a number at once, then one per
/// pause. So whoever guesses at an account is stopped there, while a colleague behind the same address and the account's
/// owner elsewhere get in. The first attempt at an account from an address is not held up by what others try there, at
/// whatever accounts; and who has logged in to an account from an address before is not slowed by what others do at all.
///
/// Only a right password takes back what its own attempt was counted: one's own account resets nothing for others.
public struct LoginThrottle {
    /// The numbers.
    public struct Settings: Hashable, Sendable {
        /// Failures at one account from one address that cost nothing.
        public var freeFailures = Limits.freeLoginFailures
        /// The wait after these; each further failure doubles it.
        public var firstWait: Duration = .seconds(1)
        /// The longest that it becomes.
        public var longestPause = Limits.longestLoginPause
        /// Failures of one address, and of one account, that cost nothing; one comes back with each pause.
        public var freeFailuresTogether = Limits.freeLoginFailuresTogether
        /// The pause between further attempts of one address.
        public var addressPause: Duration = .seconds(1)
        /// The pause between further attempts at one account.
        public var accountPause: Duration = .seconds(2)
        /// An attempt that would wait longer than this is turned away.
        public var longestWait: Duration = .seconds(4)
        /// After this long without a failure an account's failures from an address are forgotten.
        public var forgetAfter: Duration = .seconds(900)
        /// Entries of each table; beyond it the oldest are forgotten.
        public var entries = Limits.throttleEntries
        /// Of these, accounts that failed from one address, and addresses that are known of one account.
        public var share = Limits.throttleShare
        /// The standard numbers.
        public init() {}
    }

    /// What to do with an attempt.
    public enum Verdict: Hashable, Sendable {
        /// Judge it now.
        case now
        /// Judge it then.
        case later(Instant)
        /// Turn it away.
        case never
    }

    /// An account as tried from an address.
    private struct Pair: Hashable {
        let account: String
        let address: AddressShare
    }

    /// Attempts at an account from an address.
    private struct Guesses {
        var count = 0
        /// Whether the latest was counted for the address as well.
        var isCountedTogether = false
        /// The next one is judged then at the earliest.
        var due: Instant
    }

    private let settings: Settings
    /// Of accounts, and of names that nobody has: there is no end of these, and they take no room from those that can be
    /// guessed at.
    private var guesses: [ShareTable<Pair, AddressShare, Guesses>]
    /// Of an account, or of a name that nobody has: when all that it was counted is forgotten.
    private var accounts: [ShareTable<String, String, Instant>]
    /// The same of an address.
    private var addresses: ShareTable<AddressShare, AddressShare, Instant>
    /// Who has logged in from where.
    private var known: ShareTable<Pair, String, Void>

    /// A throttle that knows nobody.
    public init(_ settings: Settings) {
        self.settings = settings
        guesses = Array(repeating: ShareTable(limit: settings.entries, share: settings.share), count: 2)
        accounts = Array(repeating: ShareTable(limit: settings.entries, share: 1), count: 2)
        addresses = ShareTable(limit: settings.entries, share: 1)
        known = ShareTable(limit: settings.entries, share: settings.share)
    }

    /// Decides about an attempt and counts it, unless it is turned away.
    ///
    /// - Parameters:
    ///   - account: the login name.
    ///   - exists: whether there is such an account; the answer does not depend on it.
    public mutating func attempt(
        at account: String, exists: Bool, from address: String, now: Instant
    ) -> Verdict {
        let pair = Self.pair(account, address)
        let table = exists ? 0 : 1
        if guesses[table].count(of: pair.address) >= settings.share {
            guesses[table].trim(pair.address) { now - $0.due > settings.forgetAfter }
        }
        var found = guesses[table][pair] ?? Guesses(due: now)
        if now - found.due > settings.forgetAfter { found = Guesses(due: now) }
        // So many first attempts that they could not all be remembered are like others.
        let isFirst =
            found.count == 0
            && (!exists || guesses[table][pair] != nil || guesses[table].count(of: pair.address) < settings.share)
        var due = now
        if found.count >= settings.freeFailures { due = max(due, found.due) }
        if known[pair] == nil {
            if !isFirst { due = max(due, earliest(addresses[pair.address], settings.addressPause, now)) }
            due = max(due, earliest(accounts[table][pair.account], settings.accountPause, now))
        }
        guard due - now <= settings.longestWait else { return .never }
        found.count += 1
        found.due = due + pause(after: found.count)
        found.isCountedTogether = !isFirst
        guesses[table].set(pair, found, of: pair.address)
        if known[pair] == nil {
            if !isFirst {
                addresses.set(
                    pair.address, counted(addresses[pair.address], settings.addressPause, now), of: pair.address)
            }
            accounts[table].set(
                pair.account, counted(accounts[table][pair.account], settings.accountPause, now), of: pair.account)
        }
        return due > now ? .later(due) : .now
    }

    /// The attempt that was judged had the right password: it is not counted, and who it was is known from now on.
    public mutating func succeeded(at account: String, from address: String) {
        let pair = Self.pair(account, address)
        let isCountedTogether = guesses[0][pair]?.isCountedTogether ?? false
        guesses[0].remove(pair)
        if known[pair] == nil {
            if isCountedTogether { addresses.change(pair.address) { $0 = $0 - settings.addressPause } }
            accounts[0].change(pair.account) { $0 = $0 - settings.accountPause }
        }
        // Anew, so that who has not come for longest is forgotten first.
        known.remove(pair)
        known.set(pair, (), of: pair.account)
    }

    /// When an attempt is judged at the earliest, of an address or account that is clear at some instant.
    private func earliest(_ clear: Instant?, _ pause: Duration, _ now: Instant) -> Instant {
        guard let clear else { return now }
        return clear - pause * (settings.freeFailuresTogether - 1)
    }

    private func counted(_ clear: Instant?, _ pause: Duration, _ now: Instant) -> Instant {
        max(clear ?? now, now) + pause
    }

    private func pause(after failures: Int) -> Duration {
        guard failures >= settings.freeFailures else { return .zero }
        // Beyond some doublings it is the longest anyway.
        let doublings = min(failures - settings.freeFailures, 20)
        return min(settings.firstWait * (1 << doublings), settings.longestPause)
    }

    /// A longer name than any account can have is cut: its end would only fill the memory.
    private static func pair(_ account: String, _ address: String) -> Pair {
        let name =
            account.utf8.count <= Limits.loginName
            ? account : String(Substring(account.unicodeScalars.prefix(Limits.loginName)))
        return Pair(account: name, address: AddressShare(address))
    }

    /// How many entries each table has.
    var counts: [Int] { guesses.map(\.count) + accounts.map(\.count) + [addresses.count, known.count] }
}
