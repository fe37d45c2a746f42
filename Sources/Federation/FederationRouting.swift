import TandemCore

/// Link states: announcing our own, flooding those of others, and the routes that follow.
extension Federation {
    /// Announces our links when they have changed.
    mutating func announceLinks() {
        var neighbours: [LinkStateAdvertisement.Neighbour] = []
        if !isDraining {
            for (site, peer) in peers.pairs where peer.machine.state == .established {
                neighbours.append(LinkStateAdvertisement.Neighbour(site: site, cost: max(1, peer.link.cost)))
            }
        }
        if let current = topology[site], current.incarnation == incarnation, current.neighbours == neighbours { return }
        linkStateSequence += 1
        let own = LinkStateAdvertisement(
            origin: site, incarnation: incarnation, sequence: linkStateSequence, neighbours: neighbours)
        _ = topology.accept(own, now: now.instant)
        routesAreOld = true
        flood(own, except: nil)
    }

    private mutating func flood(_ advertisement: LinkStateAdvertisement, except: LinkID?) {
        for link in sockets.keys where link != except && sockets[link]?.phase == .live {
            sendLinkState(advertisement, on: link)
        }
    }

    /// Sends a link state unless the peer has it: a socket loses nothing, so once is enough.
    mutating func sendLinkState(_ advertisement: LinkStateAdvertisement, on link: LinkID) {
        guard noteTold(advertisement, on: link) else { return }
        if advertisement.origin != site { counters.linkStatesFlooded += 1 }
        send(link, writer.linkState(advertisement))
    }

    /// Notes that the peer has a link state. False when that was known.
    private mutating func noteTold(_ advertisement: LinkStateAdvertisement, on link: LinkID) -> Bool {
        let mark = BeatMark(incarnation: advertisement.incarnation, number: advertisement.sequence)
        if let told = sockets[link]?.toldStates[advertisement.origin], told >= mark { return false }
        sockets[link]?.toldStates[advertisement.origin] = mark
        return true
    }

    mutating func receive(_ advertisement: LinkStateAdvertisement, on link: LinkID) {
        guard advertisement.neighbours.count <= configuration.limits.linksPerSite else {
            return violation(link, "rcti_linkstate: neighbours are more than \(configuration.limits.linksPerSite)")
        }
        if advertisement.origin == site {
            guard let own = topology[site] else { return }
            if advertisement.isNewer(than: own)
                || (advertisement != own && !own.isNewer(than: advertisement))
            {
                raiseIncarnation(above: advertisement.incarnation, heardFrom: link)
            } else if own.isNewer(than: advertisement) {
                sendLinkState(own, on: link)
            }
            return
        }
        let acceptance = topology.accept(advertisement, now: now.instant)
        // What finds no room must leave no trace, or a peer could fill the memory with names.
        if acceptance != .full { _ = noteTold(advertisement, on: link) }
        switch acceptance {
        case .newer:
            routesAreOld = true
            noteLife(of: advertisement.origin, incarnation: advertisement.incarnation)
            flood(advertisement, except: link)
        case .same: break
        case .older(let newer): sendLinkState(newer, on: link)
        case .full:
            guard !hasToldOfTooManySites else { return }
            hasToldOfTooManySites = true
            log(.error, "more than \(configuration.limits.sites) sites: \(advertisement.origin) is ignored")
        }
    }

    /// A site's life number was heard; a copy of an earlier life is not current any more.
    mutating func noteLife(of site: SiteID, incarnation: UInt64) {
        guard site != self.site, ensureOrigin(site) else { return }
        if let heard = origins[site]?.heardIncarnation, incarnation > heard {
            origins[site]?.heardIncarnation = incarnation
            judge(site)
        }
    }

    /// Makes a place for a site. False when there are too many.
    mutating func ensureOrigin(_ site: SiteID, reporting: Bool = true) -> Bool {
        if origins.contains(site) { return true }
        guard origins.count < configuration.limits.sites else { return false }
        origins[site] = Origin(copy: SiteCopy(), logLength: configuration.timings.logLength)
        if reporting { judge(site) }
        return true
    }

    /// Someone remembers a life of ours that we do not: this node has lost its disk. We go beyond it.
    mutating func raiseIncarnation(above heard: UInt64, heardFrom link: LinkID) {
        // Numbers are read up to 2^62; room is left for as many lives as anyone can live.
        guard heard >= incarnation, heard < 1 << 61 else { return }
        // Two living nodes of one name would drive each other up for ever: once a heartbeat is enough.
        if let raisedAt, now.instant - raisedAt < configuration.timings.heartbeat { return }
        raisedAt = now.instant
        let name = sockets[link]?.peer?.name ?? "?"
        log(
            .warning,
            "\(name) remembers incarnation \(heard) of this site, ours is \(incarnation): continuing as \(heard + 1)."
                + " If this repeats, another node uses the name \(site)")
        incarnation = heard + 1
        effects.append(.incarnationRaised(incarnation))
        origins[site]?.copy.incarnation = incarnation
        if let sequence = origins[site]?.copy.sequence { origins[site]?.log.restart(after: sequence) }
        announceLinks()
        for link in sockets.keys { pump(link, site) }
        // Peers need a beat of the new life to trust the copy.
        nextBeat = now.instant
    }

    mutating func recomputeRoutes() {
        routesAreOld = false
        strandedMayMove = true
        if topology.sites.count > 128 { nextRoutes = now.instant + .milliseconds(20) }
        let routes = ShortestPaths.routes(from: site, over: topology)
        let own = site
        topology.note(reachable: { $0 == own || routes.contains($0) }, now: now.instant)
        let hasChanged = !routes.values.elementsEqual(routeTable.values)
        routeTable = routes
        if hasChanged { effects.append(.routesChanged) }
        updateSources()
        judgeAll()
    }
}
