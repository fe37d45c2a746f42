import CTIProtocol
import TandemCore

extension CTIServer {
    /// Bytes after which a push is cut, so that one burst does not become one giant write.
    static let pushSize = 256 << 10

    /// Tells every logged-in client what changed at a site (CTI reference 5.2). Each line is encoded once; all clients
    /// get the same bytes.
    public func broadcast(site: SiteID, changes: [ObjectChange], now: Moment) {
        self.now = now
        guard subscriberCount > 0, !changes.isEmpty else { return }
        let current = environment?.freshness(of: site) ?? (.unknown, nil)
        let view = StatusView(freshness: current.freshness, age: current.age)
        var batch = AddedLists(changes)
        var writer = JSONWriter(capacity: 512)
        let clock = now.unixTime
        var place = 0
        while place < changes.count {
            switch changes[place] {
            case .added(let key, let config, let status):
                if key.type == .site {
                    writeSiteStatus(site, view, config: config, status: status, into: &writer)
                } else {
                    if let ids = batch.take(startingAt: place) {
                        CTIPush.added(list: key.type.listName, site: site, ids: ids, now: clock, into: &writer)
                    }
                    // Clients ask about new objects themselves, but many know no list of channels to ask for.
                    if key.type == .channel {
                        writeStatus(ObjectID(site, key), view.show(status, of: key.type), into: &writer)
                    }
                }
            case .config(let key, let patch):
                if key.type == .site {
                    writeSiteStatus(site, view, config: patch, status: nil, into: &writer)
                } else {
                    CTIPush.config(
                        list: key.type.listName, site: site, id: key.id, patch, now: clock, into: &writer)
                }
            case .status(let key, let patch):
                if key.type == .site {
                    writeSiteStatus(site, view, config: nil, status: patch, into: &writer)
                } else {
                    writeStatus(ObjectID(site, key), view.show(patch, of: key.type), into: &writer)
                }
            case .removed(let key):
                guard key.type != .site else { break }
                var ids = [key.id]
                while place + 1 < changes.count, case .removed(let next) = changes[place + 1], next.type == key.type {
                    ids.append(next.id)
                    place += 1
                }
                CTIPush.removed(list: key.type.listName, site: site, ids: ids, now: clock, into: &writer)
            }
            place += 1
            if writer.count > Self.pushSize { flush(&writer) }
        }
        flush(&writer)
    }

    private func flush(_ writer: inout JSONWriter) {
        guard !writer.isEmpty else { return }
        let bytes = writer.bytes
        counters.bytesPushed += bytes.count
        effects.append(.push(bytes))
        writer.reset()
    }

    // MARK: Lines

    func writeStatus(_ id: ObjectID, _ status: EncodedObject, into writer: inout JSONWriter) {
        CTIPush.status(
            list: id.key.type.listName, site: id.site, id: id.key.id, status, now: now.unixTime, into: &writer)
    }

    func writeSiteStatus(
        _ site: SiteID, _ view: StatusView, config: EncodedObject?, status: EncodedObject?,
        into writer: inout JSONWriter
    ) {
        CTIPush.siteStatus(
            site: site, freshness: view.freshness, age: view.shownAge, config: config, status: status,
            now: now.unixTime, into: &writer)
    }

    // MARK: Freshness

    /// The picture of a site became fresh, stale or unknown: a `sitestatus` for clients that know it, and an
    /// `updatestatus` for each of the site's objects for those that merely merge statuses. The latter follow in
    /// bounded pieces at the next ticks (see `nextDeadline`).
    public func siteFreshnessChanged(site: SiteID, freshness: Freshness, age: Double?, now: Moment) {
        self.now = now
        freshnessJobs.removeAll { $0.site == site }
        guard subscriberCount > 0 else { return }
        var writer = JSONWriter(capacity: 256)
        let view = StatusView(freshness: freshness, age: age)
        writeSiteStatus(site, view, config: nil, status: nil, into: &writer)
        flush(&writer)
        guard let environment else { return }
        var keys: [ObjectKey] = []
        for type in ObjectType.allCases where type != .site {
            for id in environment.objectIDs(of: type, at: site) { keys.append(ObjectKey(type, id)) }
        }
        freshnessJobs.append(FreshnessJob(site: site, keys: keys))
        continueFreshnessJobs()
    }

    /// Sites whose change of freshness is still being told, piece by piece.
    public var sitesBeingTold: [SiteID] { freshnessJobs.map(\.site) }

    /// Pushes the next piece. Each object is read when its turn comes, so nothing outdated is said.
    func continueFreshnessJobs() {
        guard !freshnessJobs.isEmpty, let environment else { return }
        guard subscriberCount > 0 else { return freshnessJobs.removeAll() }
        var budget = configuration.freshnessChunk
        var writer = JSONWriter(capacity: 4_096)
        while budget > 0, var job = freshnessJobs.first {
            let current = environment.freshness(of: job.site)
            let view = StatusView(freshness: current.freshness, age: current.age)
            while budget > 0, let key = job.next() {
                budget -= 1
                guard let object = environment.object(ObjectID(job.site, key)) else { continue }
                writeStatus(ObjectID(job.site, key), view.transition(object.status, of: key.type), into: &writer)
                if writer.count > Self.pushSize { flush(&writer) }
            }
            if job.isDone { freshnessJobs.removeFirst() } else { freshnessJobs[0] = job }
        }
        flush(&writer)
    }
}

/// Objects of a site whose change of freshness is still to be pushed.
struct FreshnessJob {
    let site: SiteID
    private let keys: [ObjectKey]
    private var place = 0

    init(site: SiteID, keys: [ObjectKey]) {
        self.site = site
        self.keys = keys
    }

    var isDone: Bool { place >= keys.count }

    mutating func next() -> ObjectKey? {
        guard place < keys.count else { return nil }
        defer { place += 1 }
        return keys[place]
    }
}

/// The objects that a batch adds, gathered per list: one `addconfig` names them all, at the place of the first. A list
/// is cut where the batch removes something of it, so that the order of coming and going stays true.
private struct AddedLists {
    private var idsByStart: [Int: [String]] = [:]

    init(_ changes: [ObjectChange]) {
        var open: [ObjectType: Int] = [:]
        for (place, change) in changes.enumerated() {
            switch change {
            case .added(let key, _, _):
                if let start = open[key.type] {
                    idsByStart[start]?.append(key.id)
                } else {
                    open[key.type] = place
                    idsByStart[place] = [key.id]
                }
            case .removed(let key): open[key.type] = nil
            case .config, .status: break
            }
        }
    }

    /// The ids of the list that begins at a place of the batch.
    mutating func take(startingAt place: Int) -> [String]? { idsByStart.removeValue(forKey: place) }
}
