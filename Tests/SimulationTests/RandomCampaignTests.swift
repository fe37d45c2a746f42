import Foundation
import Testing

@testable import Simulation

/// `TANDEM_SIM_SEED=42` runs one seed, `TANDEM_SIM_RUNS=10000` more of them.
@Suite("Random runs of whole federations") struct RandomCampaignTests {
    private static let batches = 8

    @Test(
        "copies converge, nothing stale is fresh, no key runs twice and every command is answered, whatever fails",
        arguments: 0..<UInt64(batches))
    func guaranteesHold(batch: UInt64) {
        let environment = ProcessInfo.processInfo.environment
        let runs = environment["TANDEM_SIM_RUNS"].flatMap { UInt64($0) } ?? 200
        var seeds = Array(1...max(1, runs)).filter { $0 % UInt64(Self.batches) == batch }
        if let seed = environment["TANDEM_SIM_SEED"].flatMap({ UInt64($0) }) { seeds = batch == 0 ? [seed] : [] }
        var answers: [String: Int] = [:]
        var failures = 0
        for seed in seeds where failures < 3 {
            do {
                let summary = try RandomCampaign(seed: seed).run()
                answers.merge(summary.answers) { $0 + $1 }
                if environment["TANDEM_SIM_SEED"] != nil { print(summary) }
            } catch {
                failures += 1
                Issue.record("TANDEM_SIM_SEED=\(seed): \(error)")
            }
        }
        if seeds.count >= 20 {
            // A world in which nothing arrives, or nothing fails, would prove nothing.
            #expect(answers["done", default: 0] > 20, "\(answers)")
            #expect(answers["unknown", default: 0] > 2, "\(answers)")
            #expect(answers["not delivered", default: 0] > 10, "\(answers)")
        }
    }

    @Test("the same seed gives the same run") func seedsRepeat() throws {
        let first = try RandomCampaign(seed: 7).run()
        let second = try RandomCampaign(seed: 7).run()
        #expect(first.description == second.description)
        #expect(first.counters == second.counters)
    }
}
