import TandemCore

/// Writes frames into memory of its own. Class first, routing keys next, so that tools and relays see them without
/// reading on. `FrameReader` reads the same lines.
package struct FrameWriter: Sendable {
    var json: JSONWriter

    /// A writer with room for a usual frame; it grows when needed.
    package init() { json = JSONWriter(capacity: 4_096) }

    /// Any frame as a line with its line feed.
    package mutating func line(_ frame: Frame) -> [UInt8] {
        switch frame {
        case .hello(let hello): self.hello(hello)
        case .refused(let reason): refused(reason)
        case .heartbeat(let beat): heartbeat(beat)
        case .linkState(let state): linkState(state)
        case .pull(let pull): self.pull(pull)
        case .unpull(let site): unpull(site)
        case .changes(let changes): self.changes(changes).line
        case .snapshot(let snapshot): self.snapshot(snapshot).line
        case .digest(let digest): self.digest(digest)
        case .command(let command): self.command(command)
        case .progress(let progress): self.progress(progress)
        case .answer(let answer): self.answer(answer)
        case .bye(let reason): bye(reason)
        case .other(let name):
            other(name)
        }
    }

    private mutating func other(_ name: String) -> [UInt8] {
        json.reset()
        json.beginObject()
        json.key("class")
        json.string(name)
        json.endObject()
        json.newline()
        return json.bytes
    }

    /// The finished line.
    private mutating func line(_ frameClass: StaticString, _ members: (inout JSONWriter) -> Void) -> [UInt8] {
        json.reset()
        json.beginObject()
        json.key("class")
        json.literal(frameClass)
        members(&json)
        json.endObject()
        json.newline()
        return json.bytes
    }

    mutating func hello(_ hello: HelloFrame) -> [UInt8] {
        line("rcti_hello") { writer in
            writer.key("version")
            writer.beginArray()
            writer.integer(hello.versions.lowerBound)
            writer.integer(hello.versions.upperBound)
            writer.endArray()
            writer.member("site", hello.site)
            writer.member("incarnation", hello.incarnation)
            writer.key("features")
            writer.beginArray()
            for feature in hello.features { writer.string(feature) }
            writer.endArray()
            writer.member("nonce", hello.nonce)
            writer.member("t", hello.stamp)
        }
    }

    mutating func refused(_ reason: String) -> [UInt8] {
        line("rcti_refused") { writer in
            writer.key("reason")
            writer.string(reason)
        }
    }

    mutating func bye(_ reason: String) -> [UInt8] {
        line("rcti_bye") { writer in
            writer.key("reason")
            writer.string(reason)
        }
    }

    mutating func heartbeat(_ beat: HeartbeatFrame) -> [UInt8] {
        line("rcti_heartbeat") { writer in
            writer.member("t", beat.stamp)
            if let echo = beat.echo {
                writer.key("echo")
                writer.beginArray()
                writer.integer(echo.stamp)
                writer.integer(echo.held)
                writer.endArray()
            }
            writer.key("clocks")
            writer.beginArray()
            for clock in beat.clocks {
                writer.beginArray()
                writer.string(clock.site.name)
                writer.integer(clock.incarnation)
                writer.integer(clock.sequence)
                writer.integer(clock.beat)
                writer.integer(clock.ageMilliseconds)
                writer.endArray()
            }
            writer.endArray()
        }
    }

    mutating func linkState(_ state: LinkStateAdvertisement) -> [UInt8] {
        line("rcti_linkstate") { writer in
            writer.member("origin", state.origin)
            writer.member("incarnation", state.incarnation)
            writer.member("sequence", state.sequence)
            writer.key("neighbours")
            writer.beginArray()
            for neighbour in state.neighbours {
                writer.beginArray()
                writer.string(neighbour.site.name)
                writer.integer(neighbour.cost)
                writer.endArray()
            }
            writer.endArray()
        }
    }

    mutating func pull(_ pull: PullFrame) -> [UInt8] {
        line("rcti_pull") { writer in
            writer.member("site", pull.site)
            writer.member("pull", pull.pull)
            writer.member("incarnation", pull.incarnation)
            writer.member("sequence", pull.sequence)
            writer.member("window", pull.window)
            if pull.isStart {
                writer.key("start")
                writer.bool(true)
            }
            if let chunk = pull.chunk { writer.member("chunk", chunk) }
        }
    }

    mutating func unpull(_ site: SiteID) -> [UInt8] {
        line("rcti_unpull") { $0.member("site", site) }
    }

    mutating func digest(_ digest: DigestFrame) -> [UInt8] {
        line("rcti_digest") { writer in
            writer.member("site", digest.site)
            writer.member("pull", digest.pull)
            writer.member("incarnation", digest.incarnation)
            writer.member("sequence", digest.sequence)
            writer.member("digest", Int64(bitPattern: digest.digest))
        }
    }

    mutating func command(_ command: CommandFrame) -> [UInt8] {
        line("rcti_command") { writer in
            writer.member("target", command.request.target)
            writer.key("key")
            writer.string(command.request.key.text)
            writer.member("deadline_ms", max(0, command.request.timeLeft.inMilliseconds))
            writer.key("hops")
            writer.beginArray()
            for hop in command.hops { writer.string(hop.name) }
            writer.endArray()
            writer.key("origin")
            writer.beginArray()
            writer.string(command.request.origin.site.name)
            writer.string(command.request.origin.user)
            writer.endArray()
            writer.key("verb")
            writer.string(command.request.verb)
            writer.key("body")
            writer.object(command.request.body.encoded)
        }
    }

    mutating func progress(_ progress: ProgressFrame) -> [UInt8] {
        line("rcti_progress") { writer in
            writer.member("to", progress.to)
            writer.key("key")
            writer.string(progress.key.text)
            writer.member("hops", progress.hops)
            writer.member("number", progress.number)
            writer.key("body")
            writer.object(progress.body)
        }
    }

    mutating func answer(_ answer: AnswerFrame) -> [UInt8] {
        line("rcti_answer") { writer in
            writer.member("to", answer.to)
            writer.key("key")
            writer.string(answer.key.text)
            writer.member("hops", answer.hops)
            writer.key("outcome")
            switch answer.answer {
            case .done(let body):
                writer.literal("done")
                writer.key("body")
                writer.object(body)
            case .refused(let reason, let body):
                writer.literal("refused")
                writer.key("reason")
                writer.string(reason)
                writer.key("body")
                writer.object(body)
            case .notDelivered(let reason, let site):
                writer.literal("not_delivered")
                writer.key("reason")
                writer.string(reason.rawValue)
                writer.member("site", site)
            case .unknown(let site):
                writer.literal("unknown")
                writer.member("site", site)
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, _ site: SiteID) {
        key(name)
        string(site.name)
    }

    fileprivate mutating func member(_ name: StaticString, _ number: some FixedWidthInteger) {
        key(name)
        integer(number)
    }
}
