import DriverTestKit
import TandemCore
import Testing

@Suite("Which stories fit a PBX") struct DriverStoryTests {
    @Test("a PBX that can do everything hears all stories") func everything() {
        let all = DriverStory.fitting(Set(PBXCapability.allCases), callsBetweenPhones: true)
        #expect(all.map(\.name) == DriverStory.all.map(\.name))
    }

    @Test("a story that needs what the PBX cannot do is left out, and no other") func less() {
        let fitting = Set(DriverStory.fitting([.hangup], callsBetweenPhones: true).map(\.name))
        for story in DriverStory.all {
            #expect(fitting.contains(story.name) != story.capabilities.contains(.originate), "\(story)")
        }
        #expect(!fitting.isEmpty && fitting.count < DriverStory.all.count)
    }

    @Test("phones that cannot call each other are not told to") func withoutCalls() {
        let fitting = DriverStory.fitting(Set(PBXCapability.allCases), callsBetweenPhones: false)
        #expect(fitting.allSatisfy { !$0.hasCallsBetweenPhones })
        let left = DriverStory.all.count { $0.hasCallsBetweenPhones }
        #expect(left > 0 && fitting.count + left == DriverStory.all.count)
    }
}
