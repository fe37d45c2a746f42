import TandemCore

/// How the status of a site's objects is shown: as it is while the site is fresh, marked with its age while it is
/// stale, and as nothing known when it is too old. Nothing that is not fresh is ever shown without its mark.
struct StatusView {
    let freshness: Freshness
    /// Seconds since the picture was current; nil: it never was.
    let age: Double?
    private let mark: EncodedObject

    init(freshness: Freshness, age: Double?) {
        self.freshness = freshness
        self.age = age
        mark =
            freshness.isFresh
            ? .empty
            : EncodedObject { writer in
                writer.key("stale")
                writer.bool(true)
                writer.key("age")
                if let age = Self.rounded(age) { writer.unixSeconds(age) } else { writer.null() }
            }
    }

    /// The age in tenths of a second; a fresh picture has none to speak of.
    var shownAge: Double? { freshness.isFresh ? 0 : Self.rounded(age) }

    private static func rounded(_ age: Double?) -> Double? { age.map { (max(0, $0) * 10).rounded() / 10 } }

    /// A whole status or a part of one, as a client may see it.
    func show(_ status: EncodedObject, of type: ObjectType) -> EncodedObject {
        switch freshness {
        case .fresh: status
        case .stale: status.merging(mark)
        case .unknown: status.merging(Self.neutral(type)).merging(mark)
        }
    }

    /// What changed in how an object is shown when its site's freshness changed: the part that a client which merges
    /// statuses needs. When the site is fresh again, the whole status.
    func transition(_ status: EncodedObject, of type: ObjectType) -> EncodedObject {
        switch freshness {
        case .fresh: status.merging(Self.freshMark)
        case .stale: mark
        case .unknown: Self.neutral(type).merging(mark)
        }
    }

    private static let freshMark = EncodedObject { writer in
        writer.key("stale")
        writer.bool(false)
    }

    /// What is shown of an object of which nothing is known (the defaults of CTI reference 5.4).
    static func neutral(_ type: ObjectType) -> EncodedObject {
        switch type {
        case .phone, .trunk: neutralPhone
        case .user: neutralUser
        case .agent: neutralAgent
        case .queueMember: neutralQueueMember
        case .channel: neutralChannel
        case .queue, .group: neutralQueue
        case .meetme: neutralMeetme
        case .voicemail, .parking, .site: .empty
        }
    }

    private static let neutralPhone = EncodedObject(["hintstatus": "-1", "channels": []])
    private static let neutralUser = EncodedObject(["connection": nil, "availstate": "disconnected"])
    private static let neutralAgent = EncodedObject(["status": "undefined", "channel": nil])
    private static let neutralQueueMember = EncodedObject(["status": "0"])
    private static let neutralChannel = EncodedObject(["commstatus": "ready", "state": "Unknown"])
    private static let neutralQueue = EncodedObject(["incalls": []])
    private static let neutralMeetme = EncodedObject(["channels": [:]])
}
