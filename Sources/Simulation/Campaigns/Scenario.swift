import Federation
import TandemCore

/// A scenario as a readable text: blocks of commands, each followed by `----` and the trace that it must give.
///
/// ```
/// add-site a b c                    # starts nodes
/// link a b cost=10                  # a cable of 10 ms and a link; also one-way, export=, accept=, verbs=, delay=
/// set phone:a/1 {"hintstatus":"8"}  # a status change at the home; remove phone:a/1
/// run 3s
/// cut a b | cut-silent a b | heal a b | crash a | crash-silent a | restart a | lost-disk a | drain a
/// command a c dial key=k1 within=5s # the answer appears in the trace
/// fill a 1000 | many a 500          # many objects at once; many changes of phone:a/1 at once
/// execution c 300ms | execution c never
/// certificate b x                   # b's certificate names x
/// views | routes a | links a | object phone:a/1 at c | counters a
/// quiet                             # throws the trace so far away
/// ```
public struct Scenario {
    /// What is wrong with a script.
    public struct ScriptError: Error, CustomStringConvertible {
        /// The line's number, from 1, and what is wrong.
        public let line: Int, problem: String
        /// One sentence.
        public var description: String { "line \(line): \(problem)" }
    }

    private let world: World<FederationNode>
    private var line = 0

    /// An empty world for a script.
    public init(seed: UInt64 = 1) { world = World(seed: seed, keepsTrace: true) }

    /// Runs a script; returns it with the traces as they really are. Equal to the input when all is as expected.
    public static func run(_ script: String) throws -> String {
        var scenario = Scenario()
        var output: [String] = []
        var inExpectation = false
        let lines = script.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for (number, line) in lines.enumerated() {
            scenario.line = number + 1
            if inExpectation {
                if line.isEmpty {
                    inExpectation = false
                    output.append("")
                }
                continue
            }
            output.append(line)
            if line == "----" {
                output += scenario.world.trace ?? []
                scenario.world.trace = []
                inExpectation = true
            } else {
                try scenario.perform(line)
            }
        }
        if inExpectation { output.append("") }
        return output.joined(separator: "\n")
    }

    private func fault(_ problem: String) -> ScriptError { ScriptError(line: line, problem: problem) }

    private func site(_ word: String?) throws(ScriptError) -> SiteID {
        guard let word, let site = SiteID(word) else { throw fault("a site's name is needed") }
        return site
    }

    private func duration(_ word: String?) throws(ScriptError) -> Duration {
        guard let word else { throw fault("a duration such as 5s or 300ms is needed") }
        if word.hasSuffix("ms"), let number = Int(word.dropLast(2)) { return .milliseconds(number) }
        if word.hasSuffix("s"), let number = Int(word.dropLast(1)) { return .seconds(number) }
        throw fault("\(word) is no duration such as 5s or 300ms")
    }

    private func objectID(_ word: String?) throws(ScriptError) -> ObjectID {
        guard let word, let id = ObjectID(word) else { throw fault("an object id such as phone:a/1 is needed") }
        return id
    }

    private mutating func perform(_ text: String) throws {
        let code = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        let words = code.split(separator: " ").map(String.init)
        guard let command = words.first else { return }
        let options = Dictionary(
            words.filter { $0.contains("=") && !$0.hasPrefix("{") }.map { word in
                let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
                return (parts[0], parts.count > 1 ? parts[1] : "")
            }
        ) { $1 }
        func word(_ place: Int) -> String? { place < words.count ? words[place] : nil }
        switch command {
        case "add-site": for name in words.dropFirst() { world.addSite(try site(name), timings: Self.timings) }
        case "link": try link(word(1), word(2), words, options)
        case "set": try set(objectID(word(1)), words.dropFirst(2).joined(separator: " "))
        case "remove":
            let id = try objectID(word(1))
            world.change(id.site, .removed(id.key))
        case "many":
            // many a 5000: changes of one object
            let name = try site(word(1))
            guard let count = word(2).flatMap(Int.init) else { throw fault("a number is needed") }
            world.changes(
                name,
                (1...count).map { number in
                    .status(
                        ObjectKey(.phone, "1"),
                        patch: EncodedObject {
                            $0.key("hintstatus"); $0.string(String(number))
                        })
                })
        case "fill":
            // fill a 1000: as many phones with some 150 bytes each
            let name = try site(word(1))
            guard let count = word(2).flatMap(Int.init) else { throw fault("a number is needed") }
            let padding = String(repeating: "x", count: 100)
            world.changes(
                name,
                (1...count).map { number in
                    .added(
                        ObjectKey(.phone, "f\(number)"),
                        config: EncodedObject {
                            $0.key("name"); $0.string(padding)
                        },
                        status: EncodedObject {
                            $0.key("hintstatus"); $0.string("0")
                        })
                })
        case "run": try world.run(for: duration(word(1)))
        case "cut": world.cut(try site(word(1)), try site(word(2)), silently: false)
        case "cut-silent": world.cut(try site(word(1)), try site(word(2)), silently: true)
        case "heal": world.heal(try site(word(1)), try site(word(2)))
        case "crash": world.crash(try site(word(1)))
        case "crash-silent": world.crash(try site(word(1)), silently: true)
        case "restart": world.restart(try site(word(1)))
        case "lost-disk": world.restart(try site(word(1)), lostDisk: true)
        case "drain": world.drain(try site(word(1)))
        case "certificate": world.setCertificate(try site(word(1)), try site(word(2)))
        case "log-length":
            guard let length = word(2).flatMap(Int.init) else { throw fault("a number is needed") }
            world.configure(try site(word(1))) { $0.timings.logLength = length }
        case "execution":
            let time = word(2) == "never" ? nil : try duration(word(2))
            world.setExecutionTime(try site(word(1)), time.map { $0...$0 })
        case "command":
            guard let key = IdempotencyKey(options["key"] ?? "k\(line)"), let verb = word(3) else {
                throw fault("a verb and a valid key are needed")
            }
            world.command(
                from: try site(word(1)), to: try site(word(2)), verb: verb, key: key,
                timeLeft: try duration(options["within"] ?? "5s"))
        case "quiet": world.trace = []
        case "views": for name in world.siteNames { show(view(name)) }
        case "routes": show(routes(try site(word(1))))
        case "links": show(links(try site(word(1))))
        case "counters": show(counters(try site(word(1))))
        case "object": try showObject(objectID(word(1)), at: site(word(3)))
        default: throw fault("\(command) is no command")
        }
    }

    private static var timings: FederationTimings {
        var timings = FederationTimings.wan
        timings.logLength = 1_000
        return timings
    }

    private mutating func link(
        _ one: String?, _ other: String?, _ words: [String], _ options: [String: String]
    ) throws {
        var cable = Cable()
        if let delay = options["delay"] {
            let delay = try duration(delay)
            cable.delay = (delay, delay)
        }
        if let rate = options["rate"].flatMap(Int.init) { cable.bytesPerSecond = rate }
        func types(_ list: String?) -> Set<ObjectType>? {
            list.map { Set($0.split(separator: ",").compactMap { ObjectType(word: $0) }) }
        }
        // Policies are those of the first site towards the second.
        let policy = LinkPolicy(
            export: types(options["export"]), accept: types(options["accept"]),
            verbs: options["verbs"].map { Set($0.split(separator: ",").map(String.init)) })
        world.link(
            try site(one), try site(other), cost: options["cost"].flatMap(Int.init) ?? 10,
            dials: (true, !words.contains("one-way")), cable: cable, policies: (policy, .open))
    }

    private func set(_ id: ObjectID, _ json: String) throws {
        let patch = try EncodedObject(validating: Array(json.utf8))
        if world.core(id.site)?.contains(id) ?? false {
            world.change(id.site, .status(id.key, patch: patch))
        } else {
            world.change(id.site, .added(id.key, config: .empty, status: patch))
        }
    }

    // MARK: Views

    private func show(_ text: String) { world.trace?.append(text) }

    private func view(_ name: SiteID) -> String {
        guard let core = world.core(name) else { return "  \(name): not running" }
        let parts = core.knownSites.filter { $0 != name }.map { other in
            let word =
                switch core.freshness(of: other) {
                case .fresh: "fresh"
                case .stale: "stale"
                case .unknown: "unknown"
                }
            let isEqual = world.core(other).map { $0.digest(of: other) == core.digest(of: other) }
            let count = core.objectCount(of: other)
            return "\(other) \(word) \(count) \(isEqual == nil ? "?" : isEqual == true ? "equal" : "different")"
        }
        return "  \(name): \(parts.joined(separator: ", "))"
    }

    private func routes(_ name: SiteID) -> String {
        let rows = world.core(name)?.routes.map {
            "\($0.site) \($0.path.map(\.name).joined(separator: ">")) \($0.cost)"
        }
        return "  \(name): \(rows?.joined(separator: ", ") ?? "not running")"
    }

    private func links(_ name: SiteID) -> String {
        let rows = world.core(name)?.links.map { link in
            if case .down(let reason) = link.state { return "\(link.peer) down (\(reason))" }
            return "\(link.peer) \(link.state.word)"
        }
        return "  \(name): \(rows?.joined(separator: ", ") ?? "not running")"
    }

    private func counters(_ name: SiteID) -> String {
        guard let counters = world.core(name)?.counters else { return "  \(name): not running" }
        return "  \(name): snapshots sent \(counters.snapshotsSent), applied \(counters.snapshotsApplied), "
            + "changes \(counters.changesApplied), executed \(counters.commandsExecuted), "
            + "repeated \(counters.commandsRepeated), bad frames \(counters.badFrames)"
    }

    private func showObject(_ id: ObjectID, at name: SiteID) {
        let object = world.core(name)?.object(id)
        show("  \(id) at \(name): \(object.map { "\($0.config) \($0.status)" } ?? "absent")")
    }
}
