import TandemCore

/// Heartbeats: signs of life, beats of all sites, and the judgement how current each copy is.
extension Federation {
    /// Our own beat: once per interval, to everyone.
    mutating func sendBeat() {
        let interval = configuration.timings.heartbeat
        nextBeat = nextBeat + interval
        if nextBeat <= now.instant { nextBeat = now.instant + interval }
        beat += 1
        beatFlush = nil
        pullIdleCopies()
        for link in sockets.keys where sockets[link]?.phase == .live {
            adaptInFlight(link)
            acknowledge(link)
            sendHeartbeat(link)
            sendDigests(link)
        }
    }

    /// Passes beats of other sites on. Slightly delayed, so that those that come together leave together.
    mutating func flushBeats() {
        beatFlush = nil
        for link in sockets.keys where sockets[link]?.phase == .live { sendHeartbeat(link, onlyWithNews: true) }
    }

    /// One heartbeat with the beats that the peer has not been told and has not told us.
    mutating func sendHeartbeat(_ link: LinkID, onlyWithNews: Bool = false) {
        guard let socket = sockets[link] else { return }
        var clocks: [HeartbeatFrame.Clock] = []
        for (site, origin) in origins.pairs where site != socket.peer {
            let clock: HeartbeatFrame.Clock
            if site == self.site {
                clock = HeartbeatFrame.Clock(
                    site: site, incarnation: incarnation, sequence: origin.copy.sequence, beat: beat,
                    ageMilliseconds: 0)
                // The site's own beat is news at every beat, and together with whatever else goes out.
            } else if let newest = origin.beats.newest, origin.beatSource != link {
                let age = (now.instant - newest.provenAt).inNanoseconds
                clock = HeartbeatFrame.Clock(
                    site: site, incarnation: newest.incarnation, sequence: newest.sequence, beat: newest.number,
                    ageMilliseconds: (age + 999_999) / 1_000_000)
            } else {
                continue
            }
            let mark = BeatMark(incarnation: clock.incarnation, number: clock.beat)
            if let told = socket.toldBeats[site], told >= mark { continue }
            sockets[link]?.toldBeats[site] = mark
            clocks.append(clock)
        }
        if onlyWithNews, clocks.isEmpty { return }
        let echo = socket.lastStamp.map { (stamp: $0.stamp, held: (now.instant - $0.at).inNanoseconds / 1_000) }
        send(link, writer.heartbeat(HeartbeatFrame(stamp: stamp, echo: echo, clocks: clocks)))
    }

    mutating func receive(_ heartbeat: HeartbeatFrame, on link: LinkID, from peer: SiteID) {
        sockets[link]?.lastStamp = (heartbeat.stamp, now.instant)
        if let echo = heartbeat.echo, echo.stamp.magnitude < 1 << 52, echo.held < 1 << 50 {
            let sent = Instant(nanoseconds: echo.stamp * 1_000)
            let sample = sockets[link]?.sendClock.sample(
                stamp: heartbeat.stamp, sent: sent, held: .microseconds(echo.held), now: now.instant)
            if let sample {
                let smoothed = sockets[link]?.roundTrip.map { ($0 * 7 + sample) / 8 } ?? sample
                sockets[link]?.roundTrip = smoothed
            }
        }
        let sentAt = sockets[link]?.sendClock.sendTime(stamp: heartbeat.stamp, now: now.instant)
        for clock in heartbeat.clocks { hear(clock, sentAt: sentAt, on: link) }
        if peers[peer]?.machine.state == .syncing {
            peers[peer]?.machine.apply(.synced, now: now.instant)
            peers[peer]?.establishedAt = now.instant
            peers[peer]?.lastRefusal = nil
            log(.info, "link to \(peer) established")
            announceLinks()
        }
    }

    private mutating func hear(_ clock: HeartbeatFrame.Clock, sentAt: Instant?, on link: LinkID) {
        let mark = BeatMark(incarnation: clock.incarnation, number: clock.beat)
        if clock.site == site {
            let sequence = origins[site]?.copy.sequence ?? 0
            if clock.incarnation > incarnation
                || clock.incarnation == incarnation && (clock.beat > beat || clock.sequence > sequence)
            {
                raiseIncarnation(above: clock.incarnation, heardFrom: link)
            }
            return
        }
        guard clock.incarnation >= 1, ensureOrigin(clock.site) else { return }
        noteLife(of: clock.site, incarnation: clock.incarnation)
        // Without an echo nothing is known about the age of the frame, so it proves nothing.
        guard let sentAt else { return }
        let beat = Beat(
            incarnation: clock.incarnation, number: clock.beat, sequence: clock.sequence,
            provenAt: Instant(nanoseconds: sentAt.nanoseconds - clock.ageMilliseconds * 1_000_000))
        if let told = sockets[link]?.toldBeats[clock.site], told >= mark {
        } else {
            sockets[link]?.toldBeats[clock.site] = mark
        }
        if origins[clock.site]?.beats.hear(beat) == true {
            origins[clock.site]?.beatSource = link
            if beatFlush == nil, sockets.count > 1 {
                beatFlush = now.instant + configuration.timings.heartbeat / 10
            }
        }
        copyReached(clock.site)
    }

    // MARK: Judgement

    /// The copy or a beat has moved: what is proven by now?
    mutating func copyReached(_ site: SiteID) {
        guard let copy = origins[site]?.copy, copy.incarnation > 0 else { return }
        let (life, sequence) = (copy.incarnation, copy.sequence)
        origins[site]?.beats.reached(incarnation: life, sequence: sequence)
        judge(site)
    }

    /// Reports a site's freshness when it has changed.
    mutating func judge(_ site: SiteID) {
        guard site != self.site else { return }
        let isReachable = routeTable.contains(site)
        if !isReachable, origins[site]?.beats.isProven == true { origins[site]?.beats.distrust() }
        guard
            let new = origins[site]?.judgement(
                isReachable: isReachable, timings: configuration.timings, now: now.instant),
            let old = origins[site]?.reported as Freshness??
        else { return }
        switch (old, new) {
        case (.fresh?, .fresh), (.unknown?, .unknown): return
        case (.stale?, .stale): origins[site]?.reported = new
        default:
            origins[site]?.reported = new
            effects.append(.freshness(site, new))
        }
    }

    /// Judges all copies, and forgets those of sites that are gone for very long.
    mutating func judgeAll() {
        for site in origins.keys where site != self.site {
            judge(site)
            guard let proof = origins[site]?.beats.proof,
                now.instant - proof > configuration.timings.forgetAfter, let origin = origins[site],
                origin.copy.count > 0
            else { continue }
            log(.notice, "\(site) was not heard for \(configuration.timings.forgetAfter): its objects are forgotten")
            // Emptied first: the store must not keep the old position beside no objects.
            origins[site]?.copy = SiteCopy()
            report(site, origin.copy.difference(to: SiteCopy()))
            origins[site]?.incoming = nil
            origins[site]?.log.restart(after: 0)
            origins[site]?.source = nil
            routesAreOld = true
        }
    }

}

extension Origin {
    /// When the copy's judgement changes by time alone; nil for our own site.
    func judgementDeadline(_ timings: FederationTimings) -> Instant? {
        guard let proof = beats.proof else { return nil }
        // One nanosecond beyond, because the limits themselves still count as in time.
        let limit =
            switch reported {
            case .fresh?: proof + timings.staleAfter
            case .stale?: proof + timings.unknownAfter
            default: proof + timings.forgetAfter
            }
        if case .unknown? = reported, copy.count == 0 { return nil }
        return Instant(nanoseconds: limit.nanoseconds + 1)
    }

    /// Fresh only what is proven in this life of ours, recently, for the newest life of the site that anyone has heard
    /// of, while a way leads there.
    fileprivate func judgement(isReachable: Bool, timings: FederationTimings, now: Instant) -> Freshness {
        guard let proof = beats.proof else { return .unknown }
        let age = now - proof
        if age > timings.unknownAfter { return .unknown }
        if isReachable, beats.isProven, age <= timings.staleAfter, copy.incarnation > 0,
            copy.incarnation >= heardIncarnation
        {
            return .fresh
        }
        return .stale(since: proof)
    }
}
