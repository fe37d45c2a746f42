import TandemCore

/// Beats of all sites, and the judgement how current each copy is.
extension Replication {
    /// Our own beat: once per interval, to everyone.
    mutating func sendBeat(now: Instant) {
        let interval = timings.heartbeat
        nextBeat = nextBeat + interval
        if nextBeat <= now { nextBeat = now + interval }
        beat += 1
        beatFlush = nil
        pullIdleCopies()
        for neighbour in pullers.keys {
            pullers[neighbour]?.adaptInFlight(limits: limits, heartbeat: interval)
            acknowledge(neighbour)
            sendBeats(to: neighbour, now: now)
            sendDigests(to: neighbour)
        }
    }

    /// Passes beats of other sites on. Slightly delayed, so that those that come together leave together.
    mutating func flushBeats(now: Instant) {
        beatFlush = nil
        for neighbour in pullers.keys { sendBeats(to: neighbour, onlyWithNews: true, now: now) }
    }

    /// The beats that the neighbour has not been told and has not told us.
    mutating func sendBeats(to neighbour: SiteID, onlyWithNews: Bool = false, now: Instant) {
        var news: [BeatNews] = []
        for place in 0..<origins.count where origins.keys[place] != neighbour {
            let name = origins.keys[place]
            guard let beat = currentBeat(of: name, at: place, except: neighbour, now: now) else { continue }
            let mark = Mark(incarnation: beat.incarnation, number: beat.beat)
            if let told = pullers[neighbour]?.toldBeats[name], told >= mark { continue }
            pullers[neighbour]?.toldBeats[name] = mark
            news.append(beat)
        }
        if onlyWithNews, news.isEmpty { return }
        send(.beats(news), to: neighbour)
    }

    private func currentBeat(of name: SiteID, at place: Int, except neighbour: SiteID, now: Instant) -> BeatNews? {
        if name == site {
            // The site's own beat is news at every beat, and together with whatever else goes out.
            return BeatNews(
                site: name, incarnation: incarnation, sequence: origins[at: place]?.copy.sequence ?? 0, beat: beat,
                ageMilliseconds: 0)
        }
        guard let newest = origins[at: place]?.beats.newest, origins[at: place]?.beatSource != neighbour else {
            return nil
        }
        let age = (now - newest.provenAt).inNanoseconds
        return BeatNews(
            site: name, incarnation: newest.incarnation, sequence: newest.sequence, beat: newest.number,
            ageMilliseconds: (age + 999_999) / 1_000_000)
    }

    /// News of beats from a neighbour. `sentAt`: the earliest moment at which it can have sent them; nil proves nothing.
    mutating func receive(_ news: [BeatNews], sentAt: Instant?, from neighbour: SiteID, now: Instant) {
        for item in news { hear(item, sentAt: sentAt, from: neighbour, now: now) }
    }

    private mutating func hear(_ news: BeatNews, sentAt: Instant?, from neighbour: SiteID, now: Instant) {
        if news.site == site {
            let sequence = origins[site]?.copy.sequence ?? 0
            if news.incarnation > incarnation
                || news.incarnation == incarnation && (news.beat > beat || news.sequence > sequence)
            {
                outputs.append(.ownLife(news.incarnation, heardFrom: neighbour))
            }
            return
        }
        guard news.incarnation >= 1, ensureOrigin(news.site, now: now) else { return }
        lifeHeard(of: news.site, incarnation: news.incarnation, now: now)
        // Without a proof of its age a beat proves nothing.
        guard let sentAt else { return }
        let heard = Beat(
            incarnation: news.incarnation, number: news.beat, sequence: news.sequence,
            provenAt: Instant(nanoseconds: sentAt.nanoseconds - news.ageMilliseconds * 1_000_000))
        let mark = Mark(incarnation: news.incarnation, number: news.beat)
        let told = pullers[neighbour]?.toldBeats[news.site]
        if told.map({ $0 < mark }) ?? true { pullers[neighbour]?.toldBeats[news.site] = mark }
        if origins[news.site]?.beats.hear(heard) == true {
            origins[news.site]?.beatSource = neighbour
            if beatFlush == nil, pullers.count > 1 { beatFlush = now + timings.heartbeat / 10 }
        }
        copyReached(news.site, now: now)
    }

    // MARK: Judgement

    /// The copy or a beat has moved: what is proven by now?
    mutating func copyReached(_ site: SiteID, now: Instant) {
        guard let (life, sequence) = position(ofCopy: site), life > 0 else { return }
        origins[site]?.beats.reached(incarnation: life, sequence: sequence)
        judge(site, now: now)
    }

    /// Reports a site's freshness when it has changed.
    mutating func judge(_ site: SiteID, now: Instant) {
        guard site != self.site, origins.contains(site) else { return }
        let isReachable = routes.contains(site)
        if !isReachable, origins[site]?.beats.isProven == true { origins[site]?.beats.distrust() }
        defer { watch(site) }
        guard let new = origins[site]?.judgement(isReachable: isReachable, timings: timings, now: now) else { return }
        let old = origins[site]?.reported
        switch (old, new) {
        case (.fresh, .fresh), (.unknown, .unknown): return
        case (.stale, .stale): origins[site]?.reported = new
        case (nil, _), (.fresh, _), (.stale, _), (.unknown, _):
            origins[site]?.reported = new
            outputs.append(.effect(.freshness(site, new)))
        }
    }

    /// Puts the site into the deadlines' queue, if its judgement can change before the queue looks at it.
    mutating func watch(_ site: SiteID) {
        guard site != self.site, let due = origins[site]?.judgementDeadline(timings) else { return }
        if let earlier = origins[site]?.watchedAt, earlier <= due { return }
        origins[site]?.watchedAt = due
        judgements.add(site, due: due)
    }

    /// Judges the copies whose time has come, and forgets those of sites that are gone for very long.
    mutating func judgeDue(now: Instant) {
        while let (due, site) = judgements.popDue(now) {
            guard origins[site]?.watchedAt == due else { continue }
            origins[site]?.watchedAt = nil
            judge(site, now: now)
            if let proof = origins[site]?.beats.proof, now - proof > timings.forgetAfter { forget(site) }
        }
    }

    private mutating func forget(_ site: SiteID) {
        guard let old = origins[site]?.copy, old.count > 0 else { return }
        log(.notice, "\(site) was not heard for \(timings.forgetAfter): its objects are forgotten")
        // Emptied first: the store must not keep the old position beside no objects.
        origins[site]?.copy = SiteCopy()
        report(site, old.difference(to: SiteCopy()))
        origins[site]?.incoming = nil
        origins[site]?.log.restart(after: 0)
        origins[site]?.source = nil
        outputs.append(.reroute)
    }
}
