import TandemCore

/// Reads frames from lines that a peer sent. Nothing in a line can trap: every field is checked for its type and range.
package struct FrameReader: Sendable {
    private var tape = JSONTape()

    /// A reader with memory of its own.
    package init() {}

    /// Reads one line without its line feed.
    package mutating func read(_ line: UnsafeBufferPointer<UInt8>) throws(FrameError) -> Frame {
        let result: Result<Frame, FrameError>
        do throws(JSONError) {
            result = try tape.withParsed(line, depthLimit: Limits.jsonDepth) { view in
                do throws(FrameError) {
                    return .success(try Self.frame(view))
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw FrameError(frame: "", problem: error.description)
        }
        // A rare huge line must not keep its tape.
        tape.trim(toTokens: 1 << 16)
        return try result.get()
    }

    private static func frame(_ view: JSONView) throws(FrameError) -> Frame {
        guard view.kind == .object else { throw FrameError(frame: "", problem: "a frame is an object") }
        guard let name = view.string("class") else { throw FrameError(frame: "", problem: "class is missing") }
        let fields = Fields(view: view, frame: name)
        switch name {
        case "rcti_changes": return .changes(try changes(fields))
        case "rcti_heartbeat": return .heartbeat(try heartbeat(fields))
        case "rcti_pull": return .pull(try pull(fields))
        case "rcti_command": return .command(try command(fields))
        case "rcti_answer": return .answer(try answer(fields))
        case "rcti_progress":
            return .progress(
                ProgressFrame(
                    key: try fields.idempotencyKey(), to: try fields.site("to"),
                    hops: Int(try fields.natural("hops")), number: Int(try fields.natural("number")),
                    body: try fields.object("body")))
        case "rcti_snapshot": return .snapshot(try snapshot(fields))
        case "rcti_linkstate": return .linkState(try linkState(fields))
        case "rcti_digest":
            return .digest(
                DigestFrame(
                    site: try fields.site("site"), pull: try fields.natural("pull"),
                    incarnation: try fields.natural("incarnation"), sequence: try fields.natural("sequence"),
                    digest: UInt64(bitPattern: try fields.integer("digest"))))
        case "rcti_unpull": return .unpull(try fields.site("site"))
        case "rcti_hello": return .hello(try hello(fields))
        case "rcti_refused": return .refused(reason: try fields.text("reason", limit: Limits.reason))
        case "rcti_bye": return .bye(reason: try fields.text("reason", limit: Limits.reason))
        default: return .other(String(name.prefix(64)))
        }
    }

    private static func hello(_ fields: Fields) throws(FrameError) -> HelloFrame {
        let range = try fields.array("version")
        var bounds = range.elements
        guard range.count == 2, let low = bounds.next()?.integer, let high = bounds.next()?.integer, low >= 1,
            high >= low, high < 1 << 31
        else { throw fields.fault("version must be [lowest, highest]") }
        var features: [String] = []
        if let list = fields.view.member("features") {
            guard list.kind == .array, list.count <= 256 else { throw fields.fault("features must be a short array") }
            for element in list.elements {
                guard let feature = element.string else { throw fields.fault("features must be strings") }
                features.append(feature)
            }
        }
        return HelloFrame(
            versions: Int(low)...Int(high), site: try fields.site("site"),
            incarnation: try fields.natural("incarnation"), features: features, nonce: try fields.natural("nonce"),
            stamp: try fields.integer("t"))
    }

    private static func heartbeat(_ fields: Fields) throws(FrameError) -> HeartbeatFrame {
        var frame = HeartbeatFrame(stamp: try fields.integer("t"), echo: nil, clocks: [])
        if let echo = fields.view.member("echo") {
            var parts = echo.elements
            guard echo.count == 2, let stamp = parts.next()?.integer, let held = parts.next()?.integer, held >= 0 else {
                throw fields.fault("echo must be [t, microseconds held]")
            }
            frame.echo = HeartbeatFrame.Echo(stamp: stamp, held: held)
        }
        let clocks = try fields.array("clocks")
        frame.clocks.reserveCapacity(clocks.count)
        for clock in clocks.elements {
            var parts = clock.elements
            guard clock.count == 5, let name = parts.next()?.string, let site = SiteID(name),
                let incarnation = natural(parts.next()), let sequence = natural(parts.next()),
                let beat = natural(parts.next()), let age = natural(parts.next())
            else { throw fields.fault("clocks must hold [site, incarnation, sequence, beat, age in ms]") }
            frame.clocks.append(
                BeatNews(
                    site: site, incarnation: incarnation, sequence: sequence, beat: beat,
                    ageMilliseconds: Int64(min(age, 1 << 40))))
        }
        return frame
    }

    private static func linkState(_ fields: Fields) throws(FrameError) -> LinkStateAdvertisement {
        let list = try fields.array("neighbours")
        var neighbours: [LinkStateAdvertisement.Neighbour] = []
        neighbours.reserveCapacity(list.count)
        for element in list.elements {
            var parts = element.elements
            guard element.count == 2, let name = parts.next()?.string, let site = SiteID(name),
                let cost = parts.next()?.integer, cost >= 1, cost <= 1 << 31
            else { throw fields.fault("neighbours must hold [site, cost]") }
            neighbours.append(LinkStateAdvertisement.Neighbour(site: site, cost: Int(cost)))
        }
        return LinkStateAdvertisement(
            origin: try fields.site("origin"), incarnation: try fields.natural("incarnation"),
            sequence: try fields.natural("sequence"), neighbours: neighbours)
    }

    private static func pull(_ fields: Fields) throws(FrameError) -> PullFrame {
        let chunk = fields.view.member("chunk")
        if let chunk, natural(chunk) == nil { throw fields.fault("chunk must be a whole number") }
        let start = fields.view.member("start")
        if let start, start.bool == nil { throw fields.fault("start must be true or false") }
        return PullFrame(
            site: try fields.site("site"), incarnation: try fields.natural("incarnation"),
            sequence: try fields.natural("sequence"), window: Int(try fields.natural("window")),
            pull: try fields.natural("pull"), isStart: start?.bool ?? false,
            chunk: natural(chunk).map { Int($0) })
    }

    private static func command(_ fields: Fields) throws(FrameError) -> CommandFrame {
        var hops: [SiteID] = []
        let list = try fields.array("hops")
        guard (1...256).contains(list.count) else { throw fields.fault("hops must name 1 to 256 sites") }
        hops.reserveCapacity(list.count)
        for element in list.elements {
            guard let site = element.string.flatMap({ SiteID($0) }) else { throw fields.fault("hops must be sites") }
            hops.append(site)
        }
        let origin = try fields.array("origin")
        var parts = origin.elements
        guard origin.count == 2, let site = parts.next()?.string.flatMap({ SiteID($0) }),
            let user = parts.next()?.string, user.utf8.count <= Limits.objectID
        else { throw fields.fault("origin must be [site, user]") }
        return CommandFrame(
            request: CommandRequest(
                key: try fields.idempotencyKey(), target: try fields.site("target"),
                origin: CommandOrigin(site: site, user: user), verb: try fields.text("verb", limit: Limits.verb),
                body: try fields.object("body"),
                timeLeft: .milliseconds(Int64(min(try fields.natural("deadline_ms"), 86_400_000)))),
            hops: hops)
    }

    private static func answer(_ fields: Fields) throws(FrameError) -> AnswerFrame {
        let answer: CommandAnswer
        let outcome = try fields.text("outcome", limit: 32)
        switch outcome {
        case "done": answer = .done(try fields.object("body"))
        case "refused":
            answer = .refused(reason: try fields.text("reason", limit: Limits.reason), try fields.object("body"))
        case "not_delivered":
            guard let reason = CommandAnswer.NotDelivered(rawValue: try fields.text("reason", limit: 32)) else {
                throw fields.fault("reason must be no_route, timeout, policy or too_many_hops")
            }
            answer = .notDelivered(reason: reason, at: try fields.site("site"))
        case "unknown": answer = .unknown(at: try fields.site("site"))
        default: throw fields.fault("outcome must be done, refused, not_delivered or unknown")
        }
        return AnswerFrame(
            key: try fields.idempotencyKey(), to: try fields.site("to"), hops: Int(try fields.natural("hops")),
            answer: answer)
    }

    private static func changes(_ fields: Fields) throws(FrameError) -> ChangesFrame {
        var frame = ChangesFrame(
            site: try fields.site("site"), pull: try fields.natural("pull"),
            incarnation: try fields.natural("incarnation"), from: try fields.natural("from"),
            to: try fields.natural("to"), list: [])
        guard frame.from >= 1 else { throw fields.fault("from must be 1 or more") }
        let list = try fields.array("list")
        frame.list.reserveCapacity(list.count)
        var next = frame.from
        for element in list.elements {
            if let hole = natural(element) {
                guard hole >= 1 else { throw fields.fault("list: a hole must be 1 or more") }
                frame.list.append(.hole(hole))
                next += hole
            } else {
                guard let change = ElementReader.change(element) else {
                    throw fields.fault("list: element \(frame.list.count) is no change")
                }
                frame.list.append(.change(change, encoded: Array(element.rawBytes)))
                next += 1
            }
            guard next <= 1 << 62 else { throw fields.fault("list: the sequence runs over") }
        }
        guard frame.to == next - 1 else { throw fields.fault("to does not match the list") }
        return frame
    }

    private static func snapshot(_ fields: Fields) throws(FrameError) -> SnapshotFrame {
        let list = try fields.array("objects")
        guard let isLast = fields.view.bool("last") else { throw fields.fault("last must be true or false") }
        var frame = SnapshotFrame(
            site: try fields.site("site"), pull: try fields.natural("pull"),
            incarnation: try fields.natural("incarnation"), sequence: try fields.natural("sequence"),
            chunk: Int(try fields.natural("chunk")), isLast: isLast, objects: [])
        frame.objects.reserveCapacity(list.count)
        for element in list.elements {
            guard let object = ElementReader.object(element) else {
                throw fields.fault("objects: element \(frame.objects.count) is no object")
            }
            frame.objects.append(object)
        }
        return frame
    }

    static func natural(_ view: JSONView?) -> UInt64? {
        guard let number = view?.integer, number >= 0, number <= 1 << 62 else { return nil }
        return UInt64(number)
    }
}
