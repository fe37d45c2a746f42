import BellPBX
import DriverKit
import DriverTestKit
import NIOEmbedded
import PBX
import SiteModel
import TandemCore
import Testing

/// Three doors, of which one has a broken wire. It is the stage on which the stories of the driver test kit are played.
struct BellStage: PBXStage {
    let names = StageNames(
        first: .init(number: "front", endpoint: "BELL/front"), second: .init(number: "back", endpoint: "BELL/back"),
        absent: .init(number: "garage", endpoint: "BELL/garage"), context: "default", queue: nil,
        noChannel: "BELL/front-0")

    func makeDriver(in context: DriverContext) throws -> any PBXDriver {
        let factory = BellDriverFactory()
        let settings = DriverSettings(factory.description, ["doors": .text("front back garage")])
        let driver = try factory.make(settings, in: context)
        try pbx(of: driver).breakWire("garage")
        return driver
    }

    private func pbx(of driver: any PBXDriver) throws -> BellPBX {
        guard let driver = driver as? BellDriver else { throw StoryFailure("not a driver of bells") }
        return driver.pbx
    }

    func dial(_ caller: String, _ callee: String, on stand: DriverStand) async throws {
        throw StoryFailure("a door calls no other door")
    }
    func awaitRinging(_ door: String, on stand: DriverStand) async throws {
        // Bells ring at once.
        guard case .ringing? = try await stand.call({ try pbx(of: $0).doors[door] }) else {
            throw StoryFailure("\(door) does not ring")
        }
    }
    func answer(_ door: String, on stand: DriverStand) async throws {
        try await stand.call { _ = try pbx(of: $0).answer(door) }
    }
    func hangUp(_ door: String, on stand: DriverStand) async throws {
        try await stand.call { _ = try pbx(of: $0).silence(door) }
    }
    func cut(on stand: DriverStand) async throws { try await stand.call { try pbx(of: $0).plug(false) } }
    func restore(on stand: DriverStand) async throws { try await stand.call { try pbx(of: $0).plug(true) } }
}

@Suite("The driver of the bells keeps the rules of every driver")
struct BellStoryTests {
    static let stories = DriverStory.fitting([.originate, .hangup], callsBetweenPhones: false)

    @Test("a story", arguments: stories)
    func story(_ story: DriverStory) async throws { try await story.run(on: BellStage()) }

    @Test("stories are left out only where doors would have to call each other")
    func chosen() async throws {
        let stand = try await DriverStand(BellStage())
        #expect(try await stand.capabilities() == [.originate, .hangup])
        try await stand.close()
        let left = DriverStory.all.filter { story in !Self.stories.contains { $0.name == story.name } }
        #expect(left.allSatisfy(\.hasCallsBetweenPhones) && !left.isEmpty)
        #expect(DriverStory.fitting([], callsBetweenPhones: false).allSatisfy { $0.capabilities.isEmpty })
    }

    @Test("a bell that nobody hears is silenced when its time is up")
    func noAnswer() throws {
        let pbx = BellPBX(doors: ["front"])
        let loop = EmbeddedEventLoop()
        let driver = BellDriver(pbx, on: loop)
        var events: [PBXActionEvent] = []
        driver.start { events += $0.compactMap { if case .action(_, let event) = $0 { event } else { nil } } }
        let front = DeviceName(literal: "BELL/front")
        let call = PBXAction.Originate(
            calling: .device(front), extension: try #require(Extension("101")),
            context: ContextName(literal: "default"),
            timeoutSeconds: 20)
        driver.perform(.originate(call), token: ActionToken(1))
        loop.advanceTime(by: .seconds(19))
        #expect(events == [.written, .accepted(final: false), .channel("BELL/front-1")])
        loop.advanceTime(by: .seconds(1))
        #expect(events.last == .originated(channel: nil, end: .noAnswer))
        #expect(events.count(where: \.isFinal) == 1)
        #expect(pbx.doors["front"] == .silent)
        driver.stop()
    }

    @Test(
        "the file's key is checked before a driver is made",
        arguments: [("front back", true), ("front/back", false)])
    func keys(_ doors: String, _ isRight: Bool) {
        let description = BellDriverFactory().description
        let problems = description.check(DriverSettings(description, ["doors": .text(doors)]))
        #expect(problems.map(\.key) == (isRight ? [] : ["doors"]))
    }
}
