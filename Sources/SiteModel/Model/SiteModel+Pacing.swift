import TandemCore

// A long list is told whole whenever it changes. Told with every event, a queue of 3,000 callers would cost 3,000 times what
// one caller costs; so the longer a list is, the longer it waits for the next telling, and what is told of it per second
// stays the same. A change after a quiet time is told at once.
extension SiteModel {
    /// How long a list is not told again, for each of its elements: 3,000 callers are told every three seconds.
    static let pacePerElement = Duration.milliseconds(1)

    /// When a long list that changed is to be told; nil: none waits.
    public var nextTelling: Instant? { waiting.map(\.due).min() }

    /// Tells the long lists whose turn has come.
    public mutating func tellLists(at now: Moment, into changes: inout [ObjectChange]) {
        guard let next = nextTelling, next <= now.instant else { return }
        present = Int(now.unixTime)
        instant = now.instant
        release { $0.due <= now.instant }
        flush(into: &changes)
    }

    /// Puts the lists that wait among what is told next.
    mutating func release(where isDue: (HeldList) -> Bool) {
        let all = waiting
        waiting.removeAll(keepingCapacity: true)
        for list in all {
            guard isDue(list) else {
                waiting.append(list)
                continue
            }
            let slot = list.item.slot
            let isTouched =
                switch list.item.type {
                case .queue: queues.release(slot)
                case .group: groups.release(slot)
                case .meetme: rooms.release(slot)
                case .phone: phones.release(slot)
                default: false
                }
            if isTouched { touched.append(list.item) }
        }
    }

    /// Holds back what would be told of a long list too soon.
    mutating func pace(_ item: Touched) {
        let slot = item.slot
        let (length, keys): (Int, UInt32) =
            switch item.type {
            case .queue: (queues[slot].entries.count, QueueRecord.Status.entries)
            case .group: (groups[slot].entries.count, QueueRecord.Status.entries)
            case .meetme: (rooms[slot].members.count, RoomRecord.Status.members)
            case .phone: (phones[slot].channels.count, PhoneRecord.Status.channels)
            default: (0, 0)
            }
        guard length > Limits.listToldAtOnce else { return }
        let interval = Self.pacePerElement * length
        let due: Instant? =
            switch item.type {
            case .queue: queues.hold(slot, keys: keys, interval: interval, at: instant)
            case .group: groups.hold(slot, keys: keys, interval: interval, at: instant)
            case .meetme: rooms.hold(slot, keys: keys, interval: interval, at: instant)
            default: phones.hold(slot, keys: keys, interval: interval, at: instant)
            }
        if let due { waiting.append(HeldList(due: due, item: item)) }
    }
}

/// A long list that changed and is not told yet.
struct HeldList: Sendable {
    var due: Instant
    var item: Touched
}
