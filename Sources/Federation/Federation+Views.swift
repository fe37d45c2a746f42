import TandemCore

/// What a node knows, for the model, tables and metrics. Nothing here changes anything.
extension Federation {
    /// The routing table, in the order of the sites' names.
    public var routes: [Route] { Array(parts.core.routing.routes.values) }

    /// The route to a site.
    public func route(to site: SiteID) -> Route? { parts.core.routing.routes[site] }

    /// The configured links, in the order of the peers' names.
    public var links: [LinkStatus] { parts.transport.statuses }

    /// How far the copies are, our own site's included.
    public var syncs: [SiteSync] {
        parts.core.replication.origins.pairs.map { site, origin in
            SiteSync(
                site: site, incarnation: origin.copy.incarnation, sequence: origin.copy.sequence,
                heardSequence: max(origin.copy.sequence, origin.beats.newest?.sequence ?? 0),
                freshness: freshness(of: site), objectCount: origin.copy.count, source: origin.source)
        }
    }

    /// Sites that this node has heard of, its own included, in the order of their names.
    public var knownSites: [SiteID] {
        Array(Set(parts.core.replication.origins.keys).union(parts.core.routing.topology.sites)).sorted()
    }

    /// Whether this node has heard of a site.
    public func knows(_ site: SiteID) -> Bool {
        core.replication.origins.contains(site) || core.routing.topology[site] != nil
    }

    /// How current our picture of a site is, as last reported. Our own is always fresh.
    public func freshness(of site: SiteID) -> Freshness { parts.core.replication.origins[site]?.reported ?? .unknown }

    /// The time since a site's copy was last known to be current; nil when it never was. Zero for our own.
    public func age(of site: SiteID, now: Instant) -> Duration? {
        if site == self.site { return .zero }
        return parts.core.replication.origins[site]?.beats.proof.map { max(.zero, now - $0) }
    }

    /// An object of any site, from our copy.
    public func object(_ id: ObjectID) -> (config: EncodedObject, status: EncodedObject)? {
        parts.core.replication.origins[id.site]?.copy.object(id.key)
    }

    /// Whether our copy holds an object.
    public func contains(_ id: ObjectID) -> Bool {
        parts.core.replication.origins[id.site]?.copy.contains(id.key) ?? false
    }

    /// The ids of one type of a site, in no particular order.
    public func ids(site: SiteID, type: ObjectType) -> [String] {
        (parts.core.replication.origins[site]?.copy.records(type) ?? []).map { ObjectRecord.id(of: $0) }
    }

    /// Objects of all sites.
    public var objectCount: Int { parts.core.replication.origins.values.reduce(0) { $0 + $1.copy.count } }

    /// Objects of one site.
    public func objectCount(of site: SiteID) -> Int { parts.core.replication.origins[site]?.copy.count ?? 0 }

    /// A number that is equal at two nodes exactly when their pictures of a site are equal, byte for byte.
    public func digest(of site: SiteID) -> UInt64 { parts.core.replication.origins[site]?.copy.digest ?? 0 }

    /// Commands that wait for an answer here, whether submitted, relayed or running.
    public var commandsInProgress: Int { parts.core.commands.inProgress }

    /// The life and position of our copy of a site, for the store; nil when nothing was ever received.
    public func position(of site: SiteID) -> (incarnation: UInt64, sequence: UInt64)? {
        parts.core.replication.origins[site].flatMap {
            $0.copy.incarnation == 0 ? nil : ($0.copy.incarnation, $0.copy.sequence)
        }
    }

    /// What was counted since the start.
    public var counters: FederationCounters {
        var sum = FederationCounters()
        sum.badFrames = parts.transport.counters.badFrames
        sum.greetingsRefused = parts.transport.counters.greetingsRefused
        sum.linkStatesFlooded = parts.core.routing.flooded
        let replicated = parts.core.replication.counters
        sum.changesApplied = replicated.changesApplied
        sum.duplicateFrames = replicated.duplicateFrames
        sum.gaps = replicated.gaps
        sum.lateFrames = replicated.lateFrames
        sum.snapshotsSent = replicated.snapshotsSent
        sum.snapshotsApplied = replicated.snapshotsApplied
        sum.digestRepairs = replicated.digestRepairs
        let commands = parts.core.commands.counters
        sum.commandsSubmitted = commands.submitted
        sum.commandsForwarded = commands.forwarded
        sum.commandsExecuted = commands.executed
        sum.commandsRepeated = commands.repeated
        sum.lateAnswers = commands.lateAnswers
        return sum
    }
}
