import Federation
import TandemCore

private let rctiWords = [
    "\n", "\"class\":\"", "rcti_hello", "rcti_heartbeat", "rcti_linkstate", "rcti_pull", "rcti_unpull", "rcti_changes",
    "rcti_snapshot", "rcti_digest", "rcti_command", "rcti_progress", "rcti_answer", "rcti_bye", "rcti_refused",
    "\"site\":\"paris\"", "\"site\":\"lyon\"", "\"site\":\"caen\"", "\"incarnation\":", "\"sequence\":", "\"pull\":",
    "\"chunk\":", "\"start\":true", "\"list\":[", "\"to\":", "\"from\":", "\"last\":true",
    "[\"status\",\"phone\",\"1\",{}]",
    "[\"removed\",\"phone\",\"1\"]", "[\"added\",\"phone\",\"2\",{},{}]", "\"clocks\":[]",
    "\"neighbours\":[[\"lyon\",1]]",
    "\"hops\":[\"lyon\"]", "\"outcome\":\"done\"", "\"outcome\":\"refused\"", "\"body\":{}", "\"key\":\"k\"", "null",
    "{}",
    "[]", "\\u0000", "é",
]

/// Reads one line without its line feed and writes the frame anew, as a line with it; nil when the class is not known.
private func rewritten(_ line: UnsafeBufferPointer<UInt8>) throws(FrameError) -> [UInt8]? {
    var reader = FrameReader()
    let frame = try reader.read(line)
    if case .other = frame { return nil }
    var writer = FrameWriter()
    return writer.line(frame)
}

extension FuzzTarget {
    static let rctiFrames = FuzzTarget(
        name: "rcti-frames",
        promise: "every documented field of a frame that is read is written, nothing else is, and it is read the same "
            + "again",
        dictionary: rctiWords
    ) { RCTIOracle.judgeFrames($0) }

    static let rctiLink = FuzzTarget(
        name: "rcti-link", promise: "a rejected frame leaves its link closed and nothing else changed",
        dictionary: rctiWords
    ) { RCTIOracle.judgeLink($0) }
}

enum RCTIOracle {
    /// Canaries give a fault of the writer; the oracle is the same.
    static func judgeFrames(_ input: [UInt8], fault: ([UInt8]) -> [UInt8] = { $0 }) -> Verdict {
        var kinds: Set<String> = []
        for line in input.split(separator: 10) {
            let problem: String? = GuardedBytes.with(line) { bytes in
                do throws(FrameError) {
                    guard let once = try rewritten(bytes).map(fault) else { return nil }
                    guard once.last == 10, once.count(where: { $0 == 10 }) == 1 else {
                        return "no whole line is written"
                    }
                    if let difference = PlainRCTI.difference(from: Array(line), to: once) { return difference }
                    do throws(FrameError) {
                        let twice = try once.dropLast().withContiguous { bytes throws(FrameError) in
                            try rewritten(bytes)
                        }.map(fault)
                        guard twice == once else {
                            return "written again: \(twice.map { String(decoding: $0, as: UTF8.self) } ?? "nothing")"
                        }
                    } catch { return "what is written is refused: \(error)" }
                    kinds.insert(String(decoding: once.prefix(22), as: UTF8.self))
                } catch {
                    kinds.insert(String(error.description.prefix(60)))
                }
                return nil
            }
            if let problem { return .wrong(problem) }
        }
        return .fine(kinds.sorted().joined(separator: "|"))
    }

    /// Canaries give a fault of the shell between core and socket; the oracle is the same.
    static func judgeLink(
        _ input: [UInt8], fault: ([FederationEffect]) -> [FederationEffect] = { $0 }
    ) -> Verdict {
        // Prepared once; a core is a value.
        var stage = FuzzLink.prepared
        var kinds: Set<String> = []
        for line in input.split(separator: 10) {
            if let problem = stage.receive(Array(line), &kinds, fault: fault) { return .wrong(problem) }
            if stage.isClosed { break }
        }
        return .fine(kinds.sorted().joined(separator: " "))
    }
}

extension ArraySlice<UInt8> {
    fileprivate func withContiguous<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let outcome = withUnsafeBufferPointer { bytes -> Swift.Result<Result, Failure> in
            do throws(Failure) { return .success(try body(bytes)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }
}

/// The node paris with live links to lyon, which sends what the fuzzer makes, and to caen, which must not notice.
struct FuzzLink: Sendable {
    private static let sites = ["paris", "lyon", "caen"].map { name -> SiteID in
        guard let site = SiteID(name) else { preconditionFailure("a literal site name is valid") }
        return site
    }
    private static let lyonLink = LinkID(1)
    private static let caenLink = LinkID(2)
    private static let now = Moment(instant: Instant(nanoseconds: 1_000_000_000), unixTime: 1.7e9)

    private var core: Federation
    private(set) var isClosed = false

    static let prepared = FuzzLink()

    private init() {
        var cores = Self.sites.map { site in
            Federation(
                configuration: FederationConfiguration(
                    site: site,
                    links: site == Self.sites[0]
                        ? [.init(peer: Self.sites[1]), .init(peer: Self.sites[2])]
                        : [.init(peer: Self.sites[0], dials: false)]), incarnation: 7, now: Self.now)
        }
        for index in cores.indices {
            cores[index].localChanges(
                (1...3).map {
                    .added(ObjectKey(.phone, "\($0)"), config: .empty, status: EncodedObject(["hintstatus": "0"]))
                },
                now: Self.now)
        }
        for (index, link) in [(1, Self.lyonLink), (2, Self.caenLink)] {
            cores[0].linkConnected(link, peer: Self.sites[index], dialed: true, now: Self.now)
            cores[index].linkConnected(link, peer: Self.sites[0], dialed: false, now: Self.now)
        }
        var isQuiet = false
        while !isQuiet {
            isQuiet = true
            for index in cores.indices {
                for case .send(let link, let bytes) in cores[index].takeEffects() {
                    isQuiet = false
                    let other = index == 0 ? (link == Self.lyonLink ? 1 : 2) : 0
                    cores[other].linkReceived(link, line: Array(bytes.dropLast()), now: Self.now)
                }
            }
        }
        core = cores[0]
    }

    /// What of the node does not belong to the link from lyon.
    private struct Rest: Equatable {
        var digests: [UInt64]
        var positions: [String]
        var caen: LinkStatus?
        var commands: Int
        var incarnation: UInt64
    }

    private var rest: Rest {
        let caen = core.links.first { $0.peer == Self.sites[2] }
        return Rest(
            digests: Self.sites.map { core.digest(of: $0) },
            positions: Self.sites.map { site in
                core.position(of: site).map { "\($0.incarnation)/\($0.sequence)" } ?? "none"
            },
            caen: caen.map { link in
                // What is sent to caen may tell that lyon is gone.
                var link = link
                (link.bytesOut, link.framesOut) = (0, 0)
                return link
            }, commands: core.commandsInProgress, incarnation: core.incarnation)
    }

    mutating func receive(
        _ line: [UInt8], _ kinds: inout Set<String>, fault: ([FederationEffect]) -> [FederationEffect]
    ) -> String? {
        let before = rest
        let homeDigest = before.digests[0]
        let bad = core.counters.badFrames
        core.linkReceived(Self.lyonLink, line: line, now: Self.now)
        let isRejected = core.counters.badFrames > bad
        for effect in fault(core.takeEffects()) {
            switch effect {
            case .close(let link, _):
                guard link == Self.lyonLink else { return "another link is closed" }
                isClosed = true
            case .send(let link, let bytes):
                guard bytes.last == 10 else { return "half a line is sent to \(link.number)" }
                if link == Self.lyonLink, isClosed { return "something is sent after the close" }
            case .changed(let site, _):
                guard site != Self.sites[0] else { return "a peer changes our own objects" }
                if isRejected { return "a rejected frame changes \(site)" }
                kinds.insert("changed")
            case .execute, .progress, .answered, .storeLedger:
                if isRejected { return "a rejected frame starts or ends a command" }
                kinds.insert("command")
            default: break
            }
        }
        let lyon = core.links.first { $0.peer == Self.sites[1] }
        if isRejected {
            guard isClosed, lyon?.state != .established else { return "a rejected frame leaves its link open" }
            guard rest == before else { return "a rejected frame changes more than its link" }
            kinds.insert("rejected")
        }
        guard core.digest(of: Self.sites[0]) == homeDigest else { return "a peer changes our own objects" }
        guard core.links.first(where: { $0.peer == Self.sites[2] })?.state == .established else {
            return "the link to another peer is lost"
        }
        return nil
    }
}
