import Foundation

/// Runs targets: the corpus as it is, then variations of it.
struct Fuzzer {
    /// Where the corpora are.
    let corpus: URL
    /// Where inputs go that break a promise.
    let findings: URL

    /// An input that breaks its target's promise.
    struct Finding {
        var problem: String
        var input: [UInt8]
        var seed: UInt64
        var number: Int
    }

    /// When a run ends.
    enum Limit {
        case cases(Int)
        case until(ContinuousClock.Instant)

        func isReached(after cases: Int) -> Bool {
            switch self {
            case .cases(let count): cases >= count
            case .until(let end): cases % 16 == 0 && ContinuousClock.now >= end
            }
        }
    }

    /// The files of a target's corpus, in the order of their names.
    func seeds(of target: FuzzTarget) throws -> [[UInt8]] {
        let folder = corpus.appendingPathComponent(target.corpusOf ?? target.name)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }
        guard !names.isEmpty else { throw FuzzError("\(folder.path): the corpus is empty") }
        return try names.sorted().map { Array(try Data(contentsOf: folder.appendingPathComponent($0))) }
    }

    /// Runs one target; the first finding ends the run. `kinds` counts the kinds of inputs met.
    func run(_ target: FuzzTarget, seed: UInt64, limit: Limit) throws -> (finding: Finding?, cases: Int, kinds: Int) {
        let seeds = try seeds(of: target)
        let mutator = Mutator(dictionary: target.dictionary)
        var random = FuzzRandom(seed: seed)
        var pool = seeds
        var kinds: Set<String> = []
        var cases = 0
        CrashReport.begin(target.name, file: findings.appendingPathComponent("\(target.name)-crash-\(seed)").path)
        defer { CrashReport.end() }
        while !limit.isReached(after: cases) {
            // Each file of the corpus as it is comes first.
            let input =
                cases < seeds.count
                ? seeds[cases]
                : mutator.vary(pool[random.below(pool.count)], with: pool[random.below(pool.count)], &random)
            CrashReport.watch(input)
            let verdict = target.check(input)
            cases += 1
            if let problem = verdict.problem {
                let small = Self.smallest(input, of: target)
                return (Finding(problem: problem, input: small, seed: seed, number: cases), cases, kinds.count)
            }
            if kinds.count < 4_096, kinds.insert(verdict.kind).inserted, cases > seeds.count {
                if pool.count < 512 { pool.append(input) } else { pool[random.below(pool.count)] = input }
            }
        }
        return (nil, cases, kinds.count)
    }

    /// Takes parts out of an input while it still breaks the promise.
    static func smallest(_ input: [UInt8], of target: FuzzTarget) -> [UInt8] {
        var best = input
        var length = max(1, best.count / 2)
        var tries = 0
        while tries < 2_000 {
            var isSmaller = false
            var start = 0
            while start < best.count, tries < 2_000 {
                var shorter = best
                shorter.removeSubrange(start..<min(best.count, start + length))
                tries += 1
                CrashReport.watch(shorter)
                if target.check(shorter).problem != nil {
                    best = shorter
                    isSmaller = true
                } else {
                    start += length
                }
            }
            if length == 1, !isSmaller { break }
            length = max(1, length / 2)
        }
        return best
    }

    /// Writes a finding's input to a file and gives its name.
    func save(_ finding: Finding, of target: FuzzTarget) throws -> String {
        try FileManager.default.createDirectory(at: findings, withIntermediateDirectories: true)
        var random = FuzzRandom(of: finding.input)
        let file = findings.appendingPathComponent("\(target.name)-\(String(random.next(), radix: 16))")
        try Data(finding.input).write(to: file)
        return file.path
    }
}

/// Why the program cannot do what it was asked for.
struct FuzzError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
