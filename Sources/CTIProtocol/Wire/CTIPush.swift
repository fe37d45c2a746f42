import TandemCore

/// Writes what the server says unasked, each as one line (CTI reference 5.2 and 5.9). Encode once, send to many.
public enum CTIPush {
    /// Keys of an object's status changed.
    public static func status(
        list: String, site: SiteID, id: String, _ patch: EncodedObject, now: Double, into writer: inout JSONWriter
    ) {
        push(.getList, now, &writer) { body(.status, list, site, id, patch, &$0) }
    }

    /// Keys of an object's configuration changed.
    public static func config(
        list: String, site: SiteID, id: String, _ patch: EncodedObject, now: Double, into writer: inout JSONWriter
    ) {
        push(.getList, now, &writer) { body(.config, list, site, id, patch, &$0) }
    }

    /// Objects appeared; the client then asks for them.
    public static func added(
        list: String, site: SiteID, ids: [String], now: Double, into writer: inout JSONWriter
    ) {
        ids.isEmpty ? () : names(.added, list, site, ids, now, &writer)
    }

    /// Objects are gone.
    public static func removed(
        list: String, site: SiteID, ids: [String], now: Double, into writer: inout JSONWriter
    ) {
        ids.isEmpty ? () : names(.removed, list, site, ids, now, &writer)
    }

    /// The lines that one change means to clients: an object that appears is named and then told whole.
    public static func change(
        _ change: ObjectChange, site: SiteID, now: Double, into writer: inout JSONWriter
    ) {
        let list = change.key.type.listName
        let id = change.key.id
        switch change {
        case .added(_, let config, let status):
            added(list: list, site: site, ids: [id], now: now, into: &writer)
            self.config(list: list, site: site, id: id, config, now: now, into: &writer)
            self.status(list: list, site: site, id: id, status, now: now, into: &writer)
        case .config(_, let patch): config(list: list, site: site, id: id, patch, now: now, into: &writer)
        case .status(_, let patch): status(list: list, site: site, id: id, patch, now: now, into: &writer)
        case .removed: removed(list: list, site: site, ids: [id], now: now, into: &writer)
        }
    }

    /// How current the picture of a site is, and what changed about the site itself.
    ///
    /// - Parameters:
    ///   - age: seconds since the picture was last current; nil when that is not known.
    ///   - config: changed keys of the site's configuration, if any.
    ///   - status: changed keys of the site's status, if any.
    public static func siteStatus(
        site: SiteID, freshness: Freshness, age: Double?, config: EncodedObject? = nil,
        status: EncodedObject? = nil, now: Double, into writer: inout JSONWriter
    ) {
        push(.siteStatus, now, &writer) { writer in
            writer.key("ipbxid")
            writer.string(site.name)
            writer.key("state")
            switch freshness {
            case .fresh: writer.literal("fresh")
            case .stale: writer.literal("stale")
            case .unknown: writer.literal("unknown")
            }
            writer.key("age")
            if let age { writer.unixSeconds(age) } else { writer.null() }
            if let config {
                writer.key("config")
                writer.object(config)
            }
            if let status {
                writer.key("status")
                writer.object(status)
            }
        }
    }

    /// The connection is about to be closed, e.g. because of `force`.
    public static func disconnect(type: String, now: Double, into writer: inout JSONWriter) {
        push(.disconnect, now, &writer) { writer in
            writer.key("type")
            writer.string(type)
        }
    }

    enum Function {
        case ids, config, status, added, removed

        @inline(__always)
        var name: StaticString {
            switch self {
            case .ids: "listid"
            case .config: "updateconfig"
            case .status: "updatestatus"
            case .added: "addconfig"
            case .removed: "delconfig"
            }
        }
    }

    @inline(__always)
    private static func push(
        _ messageClass: CTIClass, _ now: Double, _ writer: inout JSONWriter, _ members: (inout JSONWriter) -> Void
    ) {
        CTIReplies.reply(messageClass, replyID: nil, now: now, into: &writer, members: members)
    }

    private static func names(
        _ function: Function, _ list: String, _ site: SiteID, _ ids: [String], _ now: Double,
        _ writer: inout JSONWriter
    ) {
        push(.getList, now, &writer) { writer in
            head(function, list, site, &writer)
            writer.key("list")
            writer.beginArray()
            for id in ids { writer.string(id) }
            writer.endArray()
        }
    }

    @inline(__always)
    static func head(_ function: Function, _ list: String, _ site: SiteID, _ writer: inout JSONWriter) {
        writer.key("function")
        writer.literal(function.name)
        writer.key("listname")
        writer.string(list)
        writer.key("tipbxid")
        writer.string(site.name)
    }

    @inline(__always)
    static func body(
        _ function: Function, _ list: String, _ site: SiteID, _ id: String, _ document: EncodedObject,
        _ writer: inout JSONWriter
    ) {
        head(function, list, site, &writer)
        writer.key("tid")
        writer.string(id)
        writer.key(function.isConfig ? "config" as StaticString : "status")
        writer.object(document)
    }
}

extension CTIPush.Function {
    @inline(__always) var isConfig: Bool { self == .config }
}
