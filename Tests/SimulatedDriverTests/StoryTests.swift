import DriverKit
import DriverTestKit
import PBX
import SimulatedPBX
import SiteModel
import TandemCore
import Testing

@testable import SimulatedDriver

/// A simulated PBX with four phones of which one is away; the others ring until told.
struct SimulatedStage: PBXStage {
    let names = StageNames(
        first: .init(number: "101", endpoint: "PJSIP/101"), second: .init(number: "102", endpoint: "PJSIP/102"),
        absent: .init(number: "109", endpoint: "PJSIP/109"), context: "internal", queue: "support",
        noChannel: "PJSIP/101-ffffffff")

    static func office(_ site: SiteID) -> SiteConfiguration {
        var office = SiteConfiguration(site: site)
        for number in ["101", "102", "103", "109"] {
            office.phones[number] = .init(number: number, endpoint: "PJSIP/\(number)")
        }
        office.queues["1"] = .init(name: "support", number: "500", members: [])
        return office
    }

    func makeDriver(in context: DriverContext) throws -> any PBXDriver {
        var behaviour = Behaviour()
        behaviour.reaction = .ignores
        behaviour.reactions["109"] = .unreachable
        behaviour.talk = nil
        return SimulatedDriver(
            SimulatedPBX(configuration: Self.office(context.site.site), behaviour: behaviour), on: context.loop,
            now: context.now)
    }

    private func train(
        _ stand: DriverStand, _ body: @escaping @Sendable (inout SimulatedPBX, Moment) -> [PBXEvent]
    ) async throws {
        try await stand.call { driver in
            guard let driver = driver as? SimulatedDriver else { throw StoryFailure("not a simulated driver") }
            driver.train(body)
        }
    }

    func dial(_ caller: String, _ callee: String, on stand: DriverStand) async throws {
        try await train(stand) { $0.phoneDials(caller, callee, at: $1) }
    }
    func awaitRinging(_ number: String, on stand: DriverStand) async throws {}
    func answer(_ number: String, on stand: DriverStand) async throws {
        try await train(stand) { $0.phoneAnswers(number, at: $1) }
    }
    func hangUp(_ number: String, on stand: DriverStand) async throws {
        try await train(stand) { $0.phoneHangsUp(number, at: $1) }
    }
    func cut(on stand: DriverStand) async throws { try await train(stand) { $0.stop(reason: "cut", at: $1) } }
    func restore(on stand: DriverStand) async throws {
        try await train(stand) { $0.restart(losingCalls: false, at: $1) }
    }
}

@Suite("The simulated PBX's driver keeps the rules of every driver") struct SimulatedStoryTests {
    @Test("a story", arguments: DriverStory.all)
    func story(_ story: DriverStory) async throws { try await story.run(on: SimulatedStage()) }

    @Test("a phone that reacts by itself does so on the driver's timer") func timer() async throws {
        struct Stage: PBXStage {
            let base = SimulatedStage()
            var names: StageNames { base.names }
            func makeDriver(in context: DriverContext) throws -> any PBXDriver {
                var context = context
                context.site = SimulatedStage.office(context.site.site)
                return try SimulatedDriverFactory().make(
                    SimulatedDriverFactory.settings(ring: .milliseconds(20), talk: .milliseconds(20)), in: context)
            }
            func dial(_ caller: String, _ callee: String, on stand: DriverStand) async throws {
                try await base.dial(caller, callee, on: stand)
            }
            func awaitRinging(_ number: String, on stand: DriverStand) async throws {}
            func answer(_ number: String, on stand: DriverStand) async throws {}
            func hangUp(_ number: String, on stand: DriverStand) async throws {}
            func cut(on stand: DriverStand) async throws {}
            func restore(on stand: DriverStand) async throws {}
        }
        let stage = Stage()
        let stand = try await DriverStand(stage)
        try await stand.connect()
        try await stage.dial("101", "102", on: stand)
        try await stand.log.fact("end of the call") {
            if case .channelEnded(let channel, .normalClearing) = $0 { channel.hasPrefix("PJSIP/101") } else { false }
        }
        let facts = stand.log.facts()
        #expect(facts.contains { if case .bridgeEntered = $0 { true } else { false } })
        try await stand.close()
        try FactOrder.check(facts)
    }

    @Test("a trunk that a reload adds leads where the driver was told of a route, also before its start")
    func addedTrunk() async throws {
        let stand = try await DriverStand(SimulatedStage())
        try await stand.call { driver in
            (driver as? any PBXTrunkCarrier)?.trunksChanged(reachable: ["lyon", "rome"].compactMap { SiteID($0) })
        }
        try await stand.connect()
        try await stand.call { driver in
            var office = SimulatedStage.office(try #require(SiteID("stage")))
            for site in ["lyon", "oslo"] {
                office.trunks[site] = .init(endpoint: "PJSIP/trunk-\(site)", site: SiteID(site))
            }
            driver.siteChanged(from: office, to: office)
        }
        for (site, isReachable) in [("lyon", true), ("oslo", false)] {
            try await stand.log.fact("trunk to \(site)") {
                $0 == .trunkState(name: "trunk-\(site)", reachable: isReachable)
            }
        }
        try await stand.close()
    }

    @Test("trunk calls travel as signals between two drivers, and a signal that is none is dropped") func trunks()
        async throws
    {
        struct Carrying: PBXStage {
            let base = SimulatedStage()
            let site: String, far: String
            var names: StageNames { base.names }
            func makeDriver(in context: DriverContext) throws -> any PBXDriver {
                guard let own = SiteID(site), let other = SiteID(far) else { throw StoryFailure("names") }
                var office = SimulatedStage.office(own)
                office.trunks["1"] = .init(endpoint: "PJSIP/trunk-\(far)", site: other)
                var behaviour = Behaviour()
                behaviour.reaction = .ignores
                behaviour.talk = nil
                return SimulatedDriver(
                    SimulatedPBX(configuration: office, behaviour: behaviour), on: context.loop, now: context.now)
            }
            func dial(_ caller: String, _ callee: String, on stand: DriverStand) async throws {}
            func awaitRinging(_ number: String, on stand: DriverStand) async throws {}
            func answer(_ number: String, on stand: DriverStand) async throws {}
            func hangUp(_ number: String, on stand: DriverStand) async throws {}
            func cut(on stand: DriverStand) async throws {}
            func restore(on stand: DriverStand) async throws {}
        }
        let sites = [Carrying(site: "paris", far: "lyon"), Carrying(site: "lyon", far: "paris")]
        let paris = try await DriverStand(sites[0]), lyon = try await DriverStand(sites[1])
        for (stand, own, far, other) in [(paris, "paris", "lyon", lyon), (lyon, "lyon", "paris", paris)] {
            guard let ownID = SiteID(own), let farID = SiteID(far) else { return }
            try await stand.call { driver in
                (driver as? any PBXTrunkCarrier)?.carryTrunks(
                    over: TrunkCarriage(
                        send: { site, signal in
                            guard site == farID else { return }
                            Task {
                                try await other.call {
                                    ($0 as? any PBXTrunkCarrier)?.receiveTrunkSignal(signal, from: ownID)
                                }
                            }
                        }, prefixes: { [farID: "8"] }))
            }
            try await stand.connect()
            try await stand.call { ($0 as? any PBXTrunkCarrier)?.trunksChanged(reachable: [farID]) }
        }
        try await SimulatedStage().dial("101", "8102", on: paris)
        try await lyon.log.fact("ringing phone at lyon") {
            if case .channelState(let channel, .ringing) = $0 { channel.hasPrefix("PJSIP/102") } else { false }
        }
        try await SimulatedStage().answer("102", on: lyon)
        for stand in [paris, lyon] {
            try await stand.log.fact("conversation") { if case .bridgeEntered = $0 { true } else { false } }
        }
        let before = lyon.log.count
        guard let parisID = SiteID("paris") else { return }
        try await lyon.call {
            ($0 as? any PBXTrunkCarrier)?.receiveTrunkSignal(EncodedObject(["call": 7, "step": "no"]), from: parisID)
        }
        try await SimulatedStage().hangUp("101", on: paris)
        for stand in [paris, lyon] {
            try await stand.log.fact("end") { if case .channelEnded = $0 { true } else { false } }
        }
        #expect(lyon.log.facts(from: before).allSatisfy { if case .channelCreated = $0 { false } else { true } })
        try await paris.close()
        try await lyon.close()
        for stand in [paris, lyon] { try FactOrder.check(stand.log.facts()) }
    }
}
