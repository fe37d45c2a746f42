import TandemCore

/// Lines from peers. A bad line closes its link with a reason that names the field; nothing else is disturbed.
extension Federation {
    /// One line without its line feed.
    public mutating func linkReceived(_ link: LinkID, line: UnsafeBufferPointer<UInt8>, now: Moment) {
        begin(now)
        guard sockets[link] != nil else { return }
        sockets[link]?.bytesIn += UInt64(line.count) + 1
        sockets[link]?.framesIn += 1
        sockets[link]?.lastHeard = now.instant
        guard line.count <= configuration.limits.frame else {
            return violation(link, "a frame of \(line.count) bytes; at most \(configuration.limits.frame) are accepted")
        }
        do throws(FrameError) {
            handle(try reader.read(line), on: link, size: line.count)
        } catch {
            violation(link, error.description)
        }
        settle()
    }

    /// One line without its line feed.
    public mutating func linkReceived(_ link: LinkID, line: [UInt8], now: Moment) {
        line.withUnsafeBufferPointer { linkReceived(link, line: $0, now: now) }
    }

    /// The peer broke the rules.
    mutating func violation(_ link: LinkID, _ problem: String) {
        counters.badFrames += 1
        refuse(link, reason: problem)
    }

    private mutating func handle(_ frame: Frame, on link: LinkID, size: Int) {
        guard let socket = sockets[link] else { return }
        switch frame {
        case .hello(let hello): return receive(hello, on: link)
        case .refused(let reason):
            // The other one of two sockets lives on: nothing to read about.
            let isSpare = socket.expected.flatMap { peers[$0]?.active }.map { $0 != link } ?? false
            let isRoutine = isSpare || reason == Self.spareSocket || reason == Self.replacedSocket
            let isRepeated = isRoutine ? false : socket.expected.map { noteRefusal($0, reason) } ?? false
            log(
                isRoutine || isRepeated ? .debug : .warning,
                "link to \(socket.expected?.name ?? "?"): the peer refuses: \(reason)")
            return close(link, reason: "refused by the peer: \(reason)")
        case .bye(let reason):
            guard let peer = socket.peer else { return close(link, reason: "the peer says goodbye: \(reason)") }
            log(.notice, "link to \(peer): the peer says goodbye: \(reason)")
            peers[peer]?.machine.apply(.farewell, now: now.instant)
            sockets[link]?.closeAt = now.instant + .seconds(2)
            return announceLinks()
        case .other(let name):
            if socket.phase == .greeting { return violation(link, "\(name): the greeting must come first") }
            return log(.debug, "link to \(socket.peer?.name ?? "?"): \(name) is not known here and is skipped")
        default: break
        }
        guard socket.phase == .live, let peer = socket.peer else {
            return violation(link, "the greeting must come first")
        }
        switch frame {
        case .heartbeat(let heartbeat): receive(heartbeat, on: link, from: peer)
        case .linkState(let advertisement): receive(advertisement, on: link)
        case .pull(let pull): receive(pull, on: link)
        case .unpull(let site): endSubscription(to: site, on: link)
        case .changes(let changes): receive(changes, on: link, from: peer, size: size)
        case .snapshot(let snapshot): receive(snapshot, on: link, from: peer, size: size)
        case .digest(let digest): receive(digest, from: peer)
        case .command(let command): receive(command, on: link, from: peer)
        case .progress(let progress): receive(progress, from: peer)
        case .answer(let answer): receive(answer, from: peer)
        case .hello, .refused, .bye, .other: break
        }
    }
}
