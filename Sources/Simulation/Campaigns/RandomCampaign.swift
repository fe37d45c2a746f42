import Federation
import TandemCore

/// One random run: a mesh of sites, changes, commands, and every fault the world knows; then everything is healed and
/// all nodes must agree.
public struct RandomCampaign: Sendable {
    /// What a run has done, for its summary.
    public struct Summary: Sendable, CustomStringConvertible {
        /// The run's seed.
        public var seed: UInt64
        /// Sites in the run.
        public var sites: Int
        /// Events handled.
        public var steps: Int
        /// Answers by kind.
        public var answers: [String: Int]
        /// Looks at copies that were shown as fresh.
        public var freshObservations: Int
        /// Counters of all nodes that ran at the end.
        public var counters: [FederationCounters]

        /// One line.
        public var description: String {
            let kinds = answers.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            return "seed \(seed): \(sites) sites, \(steps) steps, \(freshObservations) fresh looks, answers: \(kinds)"
        }
    }

    /// The seed of everything.
    public let seed: UInt64
    /// How often the world is disturbed before it heals.
    public let rounds: Int

    /// Names a run.
    public init(seed: UInt64, rounds: Int = 7) {
        self.seed = seed
        self.rounds = rounds
    }

    /// Runs it. Throws the first broken invariant.
    public func run() throws(InvariantViolation) -> Summary {
        let world = World<FederationNode>(seed: seed)
        var random = SimulationRandom(seed: seed ^ 0xC0FF_EE00)
        let names = ["anvers", "brest", "caen", "dijon", "evian", "fes", "gap"].compactMap { SiteID($0) }
        let sites = Array(names.prefix(5 + random.below(3)))
        let pairs = build(world, sites, &random)

        var serial = 0
        for _ in 0..<rounds {
            try disturb(world, sites, pairs, &random, &serial)
            try world.run(for: random.duration(.milliseconds(50)...(.milliseconds(1_500))))
        }
        for (one, other) in pairs { world.heal(one, other) }
        for (one, other) in pairs { world.cable(one, other) { $0.bytesPerSecond = 0 } }
        for site in sites where !world.isRunning(site) { world.restart(site) }
        // Agreement must come within 25 s, and stay.
        for attempt in 0..<25 {
            try world.run(for: .seconds(1))
            do throws(InvariantViolation) {
                try requireAgreement(world, sites)
                break
            } catch {
                if attempt == 24 { throw error }
            }
        }
        return Summary(
            seed: seed, sites: sites.count, steps: world.steps, answers: world.checker.answerCounts,
            freshObservations: world.checker.freshObservations,
            counters: sites.compactMap { world.core($0)?.counters })
    }

    private func build(
        _ world: World<FederationNode>, _ sites: [SiteID], _ random: inout SimulationRandom
    ) -> [(SiteID, SiteID)] {
        var timings = FederationTimings.wan
        timings.redial = .milliseconds(250)...(.seconds(3))
        timings.logLength = [20, 200, 10_000][random.below(3)]
        timings.commandDeadline = .seconds(4)
        timings.callDeadline = .seconds(4)
        timings.unknownAfter = .seconds(20)
        let limits = FederationLimits(
            bulkFrame: [600, 4_096, 65_536][random.below(3)], window: [8, 64, 4_096][random.below(3)])
        for site in sites {
            world.addSite(
                site, timings: timings, limits: limits,
                clockOffset: random.duration(.zero...(.seconds(100_000))),
                partsPerMillion: Int64(random.below(200)) - 100)
            world.changes(site, (1...(3 + random.below(20))).map { Self.added("\($0)", "Phone \($0) of \(site)") })
        }
        // A line through all, and some links more.
        var pairs = zip(sites, sites.dropFirst()).map { ($0, $1) }
        for _ in 0..<(1 + random.below(sites.count)) {
            let one = sites[random.below(sites.count)]
            let other = sites[random.below(sites.count)]
            let isNew = one != other && !pairs.contains { SitePair($0.0, $0.1) == SitePair(one, other) }
            if isNew { pairs.append((one, other)) }
        }
        for (one, other) in pairs {
            var cable = Cable()
            cable.delay = (
                random.duration(.milliseconds(1)...(.milliseconds(60))),
                random.duration(.milliseconds(1)...(.milliseconds(60)))
            )
            cable.jitter = random.duration(.zero...(.milliseconds(40)))
            cable.splits = random.chance(50)
            if random.chance(15) { cable.bytesPerSecond = 20_000 + random.below(200_000) }
            let both = random.chance(70)
            world.link(
                one, other, cost: 1 + random.below(20), dials: both ? (true, true) : (random.chance(50), true),
                cable: cable)
        }
        return pairs
    }

    private static func added(_ id: String, _ name: String) -> ObjectChange {
        .added(
            ObjectKey(.phone, id),
            config: EncodedObject {
                $0.key("name"); $0.string(name)
            },
            status: EncodedObject {
                $0.key("hintstatus"); $0.string("0")
            })
    }

    private func disturb(
        _ world: World<FederationNode>, _ sites: [SiteID], _ pairs: [(SiteID, SiteID)],
        _ random: inout SimulationRandom, _ serial: inout Int
    ) throws(InvariantViolation) {
        for _ in 0..<(1 + random.below(6)) {
            let site = sites[random.below(sites.count)]
            let pair = pairs[random.below(pairs.count)]
            switch random.below(100) {
            case 0..<40: change(world, site, &random, &serial)
            case 40..<68: command(world, site, sites, &random, &serial)
            case 68..<75: world.cut(pair.0, pair.1, silently: true)
            case 75..<79: world.cut(pair.0, pair.1, silently: false)
            case 79..<88: world.heal(pair.0, pair.1)
            case 88..<91: world.crash(site, silently: random.chance(50))
            case 91..<96:
                if !world.isRunning(site) { world.restart(site, lostDisk: random.chance(20)) }
            case 96: world.cable(pair.0, pair.1) { $0.bytesPerSecond = 5_000 + random.below(50_000) }
            case 97: world.cable(pair.0, pair.1) { $0.bytesPerSecond = 0 }
            case 98: burst(world, site, &random, &serial)
            default: world.setExecutionTime(site, random.chance(30) ? nil : .milliseconds(1)...(.seconds(6)))
            }
        }
    }

    private func change(
        _ world: World<FederationNode>, _ site: SiteID, _ random: inout SimulationRandom, _ serial: inout Int
    ) {
        serial += 1
        let number = serial
        let keys = world.objectKeys(site)
        if keys.isEmpty || random.chance(15) {
            world.change(site, Self.added("n\(number)", "Née \(number)"))
        } else if random.chance(12) {
            world.change(site, .removed(keys[random.below(keys.count)]))
        } else if random.chance(20) {
            let patch = EncodedObject {
                $0.key("name"); $0.string("Name \(number) \"é\"")
            }
            world.change(site, .config(keys[random.below(keys.count)], patch: patch))
        } else {
            let patch = EncodedObject {
                $0.key("hintstatus"); $0.string("\(number)")
            }
            world.change(site, .status(keys[random.below(keys.count)], patch: patch))
        }
    }

    private func burst(
        _ world: World<FederationNode>, _ site: SiteID, _ random: inout SimulationRandom, _ serial: inout Int
    ) {
        let keys = world.objectKeys(site)
        guard !keys.isEmpty else { return }
        var changes: [ObjectChange] = []
        for _ in 0..<500 {
            serial += 1
            let number = serial
            changes.append(
                .status(
                    keys[random.below(keys.count)],
                    patch: EncodedObject {
                        $0.key("hintstatus"); $0.string("\(number)")
                    }))
        }
        world.changes(site, changes)
    }

    private func command(
        _ world: World<FederationNode>, _ site: SiteID, _ sites: [SiteID], _ random: inout SimulationRandom,
        _ serial: inout Int
    ) {
        serial += 1
        // Some keys come twice, from the same site, as when a client repeats itself.
        let repeats = random.chance(25)
        guard let key = IdempotencyKey("\(site)-\(serial)") else { return }
        let target = sites[random.below(sites.count)]
        let verb = ["dial", "hangup", "ping", "refuse"][random.below(4)]
        let timeLeft = random.duration(.milliseconds(20)...(.seconds(5)))
        world.command(from: site, to: target, verb: verb, key: key, timeLeft: timeLeft)
        if repeats { world.command(from: site, to: target, verb: verb, key: key, timeLeft: timeLeft) }
    }

    private func requireAgreement(_ world: World<FederationNode>, _ sites: [SiteID]) throws(InvariantViolation) {
        func fail(_ what: String) -> InvariantViolation {
            InvariantViolation(what: "after healing: " + what, seconds: Double(world.time) / 1e9, step: world.steps)
        }
        for site in sites {
            guard let core = world.core(site) else { throw fail("\(site) does not run") }
            guard core.commandsInProgress == 0 || sites.contains(where: { world.neverEnds($0) }) else {
                throw fail("\(site) still holds \(core.commandsInProgress) commands")
            }
            for home in sites where home != site {
                guard let truth = world.core(home) else { continue }
                guard core.route(to: home) != nil else { throw fail("\(site) has no route to \(home)") }
                guard core.freshness(of: home) == .fresh else {
                    throw fail("\(site) does not show \(home) as fresh: \(core.freshness(of: home))")
                }
                guard core.digest(of: home) == truth.digest(of: home) else {
                    throw fail("\(site)'s copy of \(home) differs from the home's state")
                }
                for key in world.objectKeys(home) {
                    let mine = core.object(ObjectID(home, key))
                    let theirs = truth.object(ObjectID(home, key))
                    guard mine?.config == theirs?.config, mine?.status == theirs?.status, mine != nil else {
                        throw fail("\(site)'s copy of \(home) \(key) is not equal byte for byte")
                    }
                }
            }
        }
    }
}

extension World {
    /// Whether commands never end at a site.
    func neverEnds(_ site: SiteID) -> Bool { sites[site]?.executionTime == nil }
}
