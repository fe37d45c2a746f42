import Foundation

// Fuzzes the decoders and cores of Tandem. What each target promises: --list.

let usage = """
    usage: TandemFuzz [--smoke | --minutes N | --replay FILE | --list] [--target NAME]... [--seed N] [--findings DIR]

      --smoke         every corpus file and a fixed number of variations, the same each time; fails when a promise is
                      broken or a planted fault is not found
      --minutes N     runs for N minutes with fresh seeds, target after target, and prints them
      --replay FILE   one saved input again; its target is the beginning of its name, or --target
      --list          the targets and what each promises
      --target NAME   only this one; may be repeated
      --seed N        the first seed (a random one; with --smoke 1)
      --findings DIR  where inputs go that break a promise (Fuzz/Findings)
    """

func fail(_ text: String, status: Int32 = 64) -> Never {
    FileHandle.standardError.write(Data("TandemFuzz: \(text)\n".utf8))
    exit(status)
}

/// What the command line asks for.
struct Options {
    enum Mode {
        case smoke, list
        case minutes(Double)
        case replay(String)
    }
    var mode = Mode.smoke
    var targets: [String] = []
    var seed: UInt64?
    var findings: String?

    init(_ arguments: [String]) {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            func value() -> String { rest.popFirst() ?? { fail("\(option) needs a value\n\(usage)") }() }
            switch option {
            case "--smoke": mode = .smoke
            case "--list": mode = .list
            case "--minutes":
                guard let minutes = Double(value()), minutes > 0 else { fail("--minutes takes a number above 0") }
                mode = .minutes(minutes)
            case "--replay": mode = .replay(value())
            case "--target": targets.append(value())
            case "--seed":
                guard let number = UInt64(value()) else { fail("--seed takes a whole number") }
                seed = number
            case "--findings": findings = value()
            case "--help", "-h":
                print(usage)
                exit(0)
            default: fail("\(option) is not known\n\(usage)")
            }
        }
        for name in targets where !FuzzTarget.all.contains(where: { $0.name == name }) {
            fail("there is no target \(name): \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
        }
    }
}

let options = Options(Array(CommandLine.arguments.dropFirst()))
let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
let fuzzer = Fuzzer(
    corpus: folder.appendingPathComponent("Corpus"),
    findings: options.findings.map { URL(fileURLWithPath: $0) } ?? folder.appendingPathComponent("Findings"))
let targets = FuzzTarget.all.filter { options.targets.isEmpty || options.targets.contains($0.name) }

do {
    switch options.mode {
    case .list:
        for target in FuzzTarget.all { print("\(target.name): \(target.promise)") }
    case .smoke:
        CrashReport.install()
        exit(try smoke(targets, seed: options.seed ?? 1) ? 0 : 1)
    case .minutes(let minutes):
        CrashReport.install()
        exit(try search(targets.filter { !$0.isCanary }, minutes: minutes) ? 0 : 1)
    case .replay(let file): exit(try replay(file) ? 0 : 1)
    }
} catch {
    fail("\(error)", status: 66)
}

/// A line on standard output, at once.
func say(_ text: String) {
    print(text)
    fflush(nil)
}

/// Saves a finding and says how to see it again.
@MainActor func tell(_ finding: Fuzzer.Finding, of target: FuzzTarget) throws {
    let file = try fuzzer.save(finding, of: target)
    say("\(target.name): \(finding.problem) (seed \(finding.seed), case \(finding.number))")
    say("  promised: \(target.promise)")
    say(
        "  input, \(finding.input.count) bytes: \(String(decoding: finding.input.prefix(200), as: UTF8.self).debugDescription)"
    )
    say("  saved as \(file)")
    say("  replay: \(CommandLine.arguments[0]) --replay \(file)")
}

@MainActor func smoke(_ targets: [FuzzTarget], seed: UInt64) throws -> Bool {
    var isGood = true
    try FileManager.default.createDirectory(at: fuzzer.findings, withIntermediateDirectories: true)
    for target in targets {
        let began = ContinuousClock.now
        let (finding, cases, kinds) = try fuzzer.run(target, seed: seed, limit: .cases(target.smokeCases))
        let time = (ContinuousClock.now - began).formatted(.units(allowed: [.milliseconds]))
        switch (finding, target.isCanary) {
        case (nil, false): say("\(target.name): \(cases) cases of \(kinds) kinds, all as promised (\(time))")
        case (let finding?, true):
            say(
                "\(target.name): the planted fault is found, case \(finding.number): \(finding.problem.prefix(80)) (\(time))"
            )
        case (nil, true):
            say("\(target.name): the planted fault is NOT found in \(cases) cases: this fuzzer is blind")
            isGood = false
        case (let finding?, false):
            try tell(finding, of: target)
            isGood = false
        }
    }
    return isGood
}

@MainActor func search(_ targets: [FuzzTarget], minutes: Double) throws -> Bool {
    try FileManager.default.createDirectory(at: fuzzer.findings, withIntermediateDirectories: true)
    let end = ContinuousClock.now + .seconds(minutes * 60)
    var seed = options.seed ?? UInt64.random(in: 1...UInt64(UInt32.max))
    var found: Set<String> = []
    while ContinuousClock.now < end, found.count < targets.count {
        // A target that has a finding is left alone: it would find the same again.
        for target in targets where !found.contains(target.name) && ContinuousClock.now < end {
            let turn = min(end, ContinuousClock.now + .seconds(10))
            let (finding, cases, kinds) = try fuzzer.run(target, seed: seed, limit: .until(turn))
            say("\(target.name): seed \(seed), \(cases) cases of \(kinds) kinds\(finding == nil ? "" : ", FOUND:")")
            if let finding {
                try tell(finding, of: target)
                found.insert(target.name)
            }
            seed += 1
        }
    }
    return found.isEmpty
}

@MainActor func replay(_ path: String) throws -> Bool {
    let name = URL(fileURLWithPath: path).lastPathComponent
    let found = FuzzTarget.all.first { target in
        options.targets.first.map { $0 == target.name } ?? name.hasPrefix(target.name + "-")
    }
    guard let target = found else { fail("\(name): which --target?") }
    let verdict = target.check(Array(try Data(contentsOf: URL(fileURLWithPath: path))))
    say("\(target.name): \(verdict.problem ?? "as promised: " + verdict.kind)")
    return verdict.problem == nil
}
