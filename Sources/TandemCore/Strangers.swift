/// Connections of which nobody knows yet who they are, with a share of the places for each address.
///
/// A newcomer always gets in. Where there is no place left, the one that has been a stranger for longest goes: of the
/// newcomer's own address when that has used up its share, else of the address that has the most. Who proves itself within
/// moments, as real clients and peers do, is through before its turn to go comes, however many silent ones there are.
public struct Strangers<ID: Hashable & Sendable>: Sendable {
    private struct Group: Sendable {
        /// Oldest first.
        var ids: [ID] = []
    }

    private let limit: Int
    private let share: Int
    private var groups: [AddressShare: Group] = [:]
    private var addresses: [ID: AddressShare] = [:]

    /// Nobody.
    ///
    /// - Parameters:
    ///   - limit: strangers at a time.
    ///   - share: of these, how many of one address.
    public init(limit: Int, share: Int) {
        self.limit = max(1, limit)
        self.share = max(1, share)
    }

    /// How many there are.
    public var count: Int { addresses.count }
    /// Whether somebody is a stranger.
    public func contains(_ id: ID) -> Bool { addresses[id] != nil }

    /// A stranger came. Gives the one who has to go in its place; nil: there was room.
    public mutating func admit(_ id: ID, from address: String) -> ID? {
        let address = AddressShare(address)
        var gone: ID?
        if let own = groups[address], own.ids.count >= share {
            gone = own.ids.first
        } else if count >= limit {
            gone = oldestOfTheMany
        }
        if let gone { leave(gone) }
        groups[address, default: Group()].ids.append(id)
        addresses[id] = address
        return gone
    }

    /// Whose turn it is to go when a place is needed that not only strangers take: of the address that has the most, the
    /// one that has waited longest.
    public var oldestOfTheMany: ID? {
        groups.max { ($0.value.ids.count, $0.key.description) < ($1.value.ids.count, $1.key.description) }?.value.ids
            .first
    }

    /// Somebody is no stranger any more, or is gone. Harmless when repeated.
    public mutating func leave(_ id: ID) {
        guard let address = addresses.removeValue(forKey: id), var group = groups.removeValue(forKey: address) else {
            return
        }
        if let place = group.ids.firstIndex(of: id) { group.ids.remove(at: place) }
        if !group.ids.isEmpty { groups[address] = group }
    }
}
