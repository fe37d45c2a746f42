import AsteriskDriver
import DriverKit
import DriverTestKit
import PBX
import PBXTestSupport
import TandemCore
import Testing

/// A real Asterisk with registered phones, and a line to its manager port that can be cut.
struct AsteriskStage: PBXStage {
    let pbx: TestPBX
    let line: CutLine
    let names = StageNames(
        first: .init(number: "101", endpoint: "PJSIP/101"), second: .init(number: "102", endpoint: "PJSIP/102"),
        absent: .init(number: "109", endpoint: "PJSIP/109"), context: "internal", queue: "sales",
        noChannel: "PJSIP/101-deadbeef")

    private var site: TestPBX.Site { pbx.sites[0] }

    func makeDriver(in context: DriverContext) throws -> any PBXDriver {
        AsteriskDriver(
            settings: AsteriskSettings(
                host: "127.0.0.1", port: line.port, user: .init(literal: "tandem"), secret: Secret("tandem"),
                shortestRetryDelay: .milliseconds(50), longestRetryDelay: .milliseconds(200)),
            on: context.loop, clientName: context.life, logger: context.logger)
    }

    func dial(_ caller: String, _ callee: String, on stand: DriverStand) async throws {
        try await pbx.phone(site, "dial \(caller) \(callee)")
        try await awaitRinging(callee, on: stand)
    }
    func awaitRinging(_ number: String, on stand: DriverStand) async throws {
        try await pbx.phone(site, "wait \(number) ringing 15")
    }
    func answer(_ number: String, on stand: DriverStand) async throws { try await pbx.phone(site, "answer \(number)") }
    func hangUp(_ number: String, on stand: DriverStand) async throws {
        try await pbx.phone(site, "hangup \(number)")
        for phone in [names.first.number, names.second.number] {
            try await pbx.phone(site, "wait \(phone) idle 15")
        }
    }
    func cut(on stand: DriverStand) async throws { try await line.cut() }
    func restore(on stand: DriverStand) async throws { try await line.mend() }
}

@Suite("Real Asterisks' driver keeps the rules of every driver", .enabled(if: TestPBX.isEnabled), .serialized)
struct AsteriskStoryTests {
    @Test("all stories", arguments: TestPBX.versions)
    func stories(version: String) async throws {
        let pbx = try await TestPBX(version: version, sites: ["paris"], phones: ["101", "102"])
        do {
            let line = try await CutLine(to: pbx.sites[0].amiPort)
            let stage = AsteriskStage(pbx: pbx, line: line)
            for story in DriverStory.all {
                do { try await story.run(on: stage) } catch { Issue.record("\(version): \(story.name): \(error)") }
                try await line.mend()
            }
            try await line.close()
        } catch {
            await pbx.close()
            throw error
        }
        await pbx.close()
    }
}
