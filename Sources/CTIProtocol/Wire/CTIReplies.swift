import TandemCore

/// Writes the server's answers, each as one line (CTI reference 2 to 5).
///
/// Every answer repeats the request's `commandid` as `replyid` (nil: none was sent) and ends with `timenow`, the wall
/// clock in Unix seconds.
public enum CTIReplies {
    /// A line of any class with its envelope; `members` writes what is between.
    @inlinable
    public static func reply(
        _ messageClass: String, replyID: JSONValue?, now: Double, into writer: inout JSONWriter,
        members: (inout JSONWriter) -> Void = { _ in }
    ) {
        writer.beginObject()
        writer.key("class")
        writer.string(messageClass)
        if let replyID {
            writer.key("replyid")
            writer.value(replyID)
        }
        members(&writer)
        end(now: now, &writer)
    }

    /// A line of a class of this release.
    @inlinable
    public static func reply(
        _ messageClass: CTIClass, replyID: JSONValue?, now: Double, into writer: inout JSONWriter,
        members: (inout JSONWriter) -> Void = { _ in }
    ) {
        reply(messageClass.rawValue, replyID: replyID, now: now, into: &writer, members: members)
    }

    @usableFromInline
    static func end(now: Double, _ writer: inout JSONWriter) {
        writer.key("timenow")
        writer.unixSeconds(now)
        writer.endObject()
        writer.newline()
    }

    /// Not done, or done without data; the connection stays. A nil class is answered as `null` (CTI reference 1.4).
    public static func warning(
        _ messageClass: String?, replyID: JSONValue?, _ text: String, now: Double, into writer: inout JSONWriter
    ) {
        failure(messageClass, replyID, "warning_string", text, now, &writer)
    }

    /// Failed. Whether the connection is closed afterwards is for the session to decide (CTI reference 3.4).
    public static func error(
        _ messageClass: String?, replyID: JSONValue?, _ text: String, now: Double, into writer: inout JSONWriter
    ) {
        failure(messageClass, replyID, "error_string", text, now, &writer)
    }

    private static func failure(
        _ messageClass: String?, _ replyID: JSONValue?, _ key: StaticString, _ text: String, _ now: Double,
        _ writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.key("class")
        if let messageClass { writer.string(messageClass) } else { writer.null() }
        if let replyID {
            writer.key("replyid")
            writer.value(replyID)
        }
        writer.key(key)
        writer.string(text)
        end(now: now, &writer)
    }

    // MARK: Login

    /// `login_id`: the session id, and the client's own version (`1.2`, `2.0` to `2.2`, or `2.3` as `wazoversion`).
    public static func loginID(
        replyID: JSONValue?, sessionID: String, version: String, now: Double, into writer: inout JSONWriter
    ) {
        reply(.loginID, replyID: replyID, now: now, into: &writer) { writer in
            writer.key("xivoversion")
            writer.string(version)
            if version == "2.3" {
                writer.key("wazoversion")
                writer.string(version)
            }
            writer.key("version")
            writer.literal("7777")
            writer.key("sessionid")
            writer.string(sessionID)
        }
    }

    /// `login_pass`: the profile, a name or a number.
    public static func loginPass(
        replyID: JSONValue?, profile: JSONValue, now: Double, into writer: inout JSONWriter
    ) {
        reply(.loginPass, replyID: replyID, now: now, into: &writer) { writer in
            writer.key("capalist")
            writer.beginArray()
            writer.value(profile)
            writer.endArray()
        }
    }

    /// `login_capas`: who the person is, and the profile's rights and windows as encoded beforehand.
    ///
    /// - Parameters:
    ///   - applicationName: the display name of the profile.
    ///   - xlets: the array `capaxlets`.
    ///   - capas: the object `capas`.
    public static func loginCapas(
        replyID: JSONValue?, site: SiteID, user: String, applicationName: String, xlets: JSONValue,
        capas: EncodedObject, now: Double, into writer: inout JSONWriter
    ) {
        reply(.loginCapas, replyID: replyID, now: now, into: &writer) { writer in
            writer.key("ipbxid")
            writer.string(site.name)
            writer.key("userid")
            writer.string(user)
            writer.key("appliname")
            writer.string(applicationName)
            writer.key("capaxlets")
            writer.value(xlets)
            writer.key("capas")
            writer.object(capas)
            writer.key("presence")
            writer.literal("available")
        }
    }

    /// `keepalive`: the warning is the healthy answer (CTI reference 4.3).
    public static func keepAlive(replyID: JSONValue?, now: Double, into writer: inout JSONWriter) {
        warning(CTIClass.keepAlive.rawValue, replyID: replyID, "return_is_none", now: now, into: &writer)
    }

    /// `getipbxlist`: the names of all sites.
    public static func sites(
        replyID: JSONValue?, _ sites: [SiteID], now: Double, into writer: inout JSONWriter
    ) {
        reply(.getIPBXList, replyID: replyID, now: now, into: &writer) { writer in
            writer.key("ipbxlist")
            writer.beginArray()
            for site in sites { writer.string(site.name) }
            writer.endArray()
        }
    }

    // MARK: Lists

    /// `getlist` `listid`: the ids of a list, always as strings.
    public static func listIDs(
        replyID: JSONValue?, list: String, site: SiteID, ids: some Sequence<String>, now: Double,
        into writer: inout JSONWriter
    ) {
        reply(.getList, replyID: replyID, now: now, into: &writer) { writer in
            CTIPush.head(.ids, list, site, &writer)
            writer.key("list")
            writer.beginArray()
            for id in ids { writer.string(id) }
            writer.endArray()
        }
    }

    /// `getlist` `updateconfig`: an object's configuration.
    public static func config(
        replyID: JSONValue?, list: String, site: SiteID, id: String, _ config: EncodedObject, now: Double,
        into writer: inout JSONWriter
    ) {
        reply(.getList, replyID: replyID, now: now, into: &writer) { writer in
            CTIPush.body(.config, list, site, id, config, &writer)
        }
    }

    /// `getlist` `updatestatus`: an object's status.
    public static func status(
        replyID: JSONValue?, list: String, site: SiteID, id: String, _ status: EncodedObject, now: Double,
        into writer: inout JSONWriter
    ) {
        reply(.getList, replyID: replyID, now: now, into: &writer) { writer in
            CTIPush.body(.status, list, site, id, status, &writer)
        }
    }
}
