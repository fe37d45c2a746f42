import Foundation
import Testing

@testable import Simulation

/// `TANDEM_SIM_SEED=42` runs one seed, `TANDEM_SIM_RUNS=10000` more of them.
@Suite("Random runs of whole federations") struct RandomCampaignTests {
    @Test("copies converge, nothing stale is fresh, no key runs twice and every command is answered, whatever fails")
    func guaranteesHold() {
        let environment = ProcessInfo.processInfo.environment
        let runs = environment["TANDEM_SIM_RUNS"].flatMap { UInt64($0) } ?? 200
        let seeds = environment["TANDEM_SIM_SEED"].flatMap { UInt64($0) }.map { $0...$0 } ?? 1...runs
        var answers: [String: Int] = [:]
        var failures = 0
        for seed in seeds where failures < 5 {
            do {
                let summary = try RandomCampaign(seed: seed).run()
                answers.merge(summary.answers) { $0 + $1 }
                if seeds.count == 1 { print(summary) }
            } catch {
                failures += 1
                Issue.record("TANDEM_SIM_SEED=\(seed): \(error)")
            }
        }
        if seeds.count >= 200 {
            // A world in which nothing arrives, or nothing fails, would prove nothing.
            #expect(answers["done", default: 0] > 500)
            #expect(answers["unknown", default: 0] > 50)
            #expect(answers["not delivered", default: 0] > 50)
        }
    }

    @Test("the same seed gives the same run") func seedsRepeat() throws {
        let first = try RandomCampaign(seed: 7).run()
        let second = try RandomCampaign(seed: 7).run()
        #expect(first.description == second.description)
        #expect(first.counters == second.counters)
    }
}
