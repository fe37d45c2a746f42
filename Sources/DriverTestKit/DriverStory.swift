import PBX
import SiteModel
import TandemCore

/// One thing that every driver must do, told on a stage. Give `all`, or those that fit the PBX, to a parameterised test:
///
///     @Test("a story", arguments: DriverStory.all)
///     func story(_ story: DriverStory) async throws { try await story.run(on: MyStage()) }
public struct DriverStory: Sendable, CustomStringConvertible {
    /// What must hold, as a sentence.
    public let name: String
    /// What the PBX must be able to do for the story to be told.
    public let capabilities: Set<PBXCapability>
    /// Whether phones of the PBX call each other in it (`PBXStage.dial`).
    public let hasCallsBetweenPhones: Bool
    private let body: @Sendable (Scene) async throws -> Void

    /// A story.
    init(
        _ name: String, needs capabilities: Set<PBXCapability> = [], callsBetweenPhones: Bool = false,
        _ body: @escaping @Sendable (Scene) async throws -> Void
    ) {
        self.name = name
        self.capabilities = capabilities
        hasCallsBetweenPhones = callsBetweenPhones
        self.body = body
    }

    /// The sentence.
    public var description: String { name }

    /// Runs the story with a driver of its own, and looks whether the rules that hold for all were kept.
    ///
    /// - Throws: `StoryFailure` when it did not go as it must; what the stage throws.
    public func run(on stage: any PBXStage) async throws {
        let stand = try await DriverStand(stage)
        let scene = Scene(stage: stage, stand: stand)
        do {
            try await body(scene)
        } catch {
            try? await stand.close()
            throw error
        }
        try await stand.close()
        try FactOrder.check(stand.log.facts())
    }

    /// All stories.
    public static let all: [DriverStory] = connection + calls + actions

    /// The stories that can be told of a PBX that can do less than everything. `capabilities` are the driver's;
    /// `callsBetweenPhones` false: its phones cannot call each other, so no stage can have them do so.
    public static func fitting(_ capabilities: Set<PBXCapability>, callsBetweenPhones: Bool) -> [DriverStory] {
        all.filter {
            $0.capabilities.isSubset(of: capabilities) && (callsBetweenPhones || !$0.hasCallsBetweenPhones)
        }
    }
}

/// A stage with the driver of one story.
struct Scene: Sendable {
    let stage: any PBXStage
    let stand: DriverStand
    var log: EventLog { stand.log }
    var names: StageNames { stage.names }

    func expect(_ holds: Bool, _ what: @autoclosure () -> String) throws {
        if !holds { throw StoryFailure(what()) }
    }

    func text<Kind>(_ text: String) throws -> PBXName<Kind> {
        guard let header = PBXName<Kind>(text) else { throw StoryFailure("'\(text)' cannot be said to a PBX") }
        return header
    }

    func number(_ text: String) throws -> Extension {
        guard let number = Extension(text) else { throw StoryFailure("'\(text)' is no number") }
        return number
    }

    func originate(_ phone: StageNames.Phone) throws -> PBXAction {
        .originate(
            .init(
                calling: .device(try text(phone.endpoint)), extension: try number(names.second.number),
                context: try text(names.context)))
    }

    /// The site with the phones of the stage, each under its number.
    func configured() throws -> SiteConfiguration {
        guard let name = SiteID("stage") else { throw StoryFailure("no site name") }
        var site = SiteConfiguration(site: name)
        for phone in [names.first, names.second, names.absent] {
            site.phones[phone.number] = .init(number: phone.number, endpoint: phone.endpoint)
        }
        return site
    }

    func hangUpNothing() throws -> PBXAction { .hangup(channel: try text(names.noChannel)) }

    /// The channel of a phone among the facts since a place.
    func channel(of phone: StageNames.Phone, from mark: Int) async throws -> String {
        let fact = try await log.fact("channel of \(phone.endpoint)", from: mark) {
            if case .channelCreated(_, phone.endpoint, _, _, _, _, _, _, _) = $0 { true } else { false }
        }
        guard case .channelCreated(let channel, _, _, _, _, _, _, _, _) = fact else { throw StoryFailure("\(fact)") }
        return channel
    }

    /// First and second talk; returns their channels.
    func talk(from mark: Int) async throws -> (first: String, second: String) {
        try await stage.dial(names.first.number, names.second.number, on: stand)
        try await stage.answer(names.second.number, on: stand)
        let channels = (
            first: try await channel(of: names.first, from: mark),
            second: try await channel(of: names.second, from: mark)
        )
        for channel in [channels.first, channels.second] {
            try await log.fact("\(channel) in a conversation", from: mark) {
                if case .bridgeEntered(channel, _) = $0 { true } else { false }
            }
        }
        return channels
    }

    func awaitEnd(of channel: String, from mark: Int) async throws {
        try await log.fact("end of \(channel)", from: mark) {
            if case .channelEnded(channel, _) = $0 { true } else { false }
        }
    }

    func awaitLoss(from mark: Int) async throws {
        try await log.fact("loss of the connection", from: mark) {
            if case .connectionLost = $0 { true } else { false }
        }
    }
}
