/// Which name a channel has in the facts. A channel is its unique id; its name is told of it, may change while messages
/// with the old one are on their way, and may be that of another channel too.
///
/// Nearly every channel keeps a name of its own from begin to end: while all that live do, a message's name is taken as it
/// is, and only begins and ends are looked up.
struct ChannelNames {
    private struct Entry {
        var name: String
        /// The name at the PBX.
        var told: String
        var list: UInt32
    }

    private var channels: [String: Entry] = [:]
    private var holders: [String: String] = [:]
    /// Unique ids of channels whose name in a message may not be their name in the facts.
    private var irregular: Set<String> = []
    private var list: UInt32 = 0
    /// Since a connection began its channels have not been listed: those of before may be gone, with their names.
    private var isDoubtful = false

    /// Whether the name in a message is the name in the facts, for every channel.
    var areRegular: Bool { irregular.isEmpty }

    /// The name in the facts of a channel that a message names.
    func name(_ told: String, uniqueID: String) -> String {
        guard !irregular.isEmpty, !uniqueID.isEmpty else { return told }
        return channels[uniqueID]?.name ?? told
    }

    /// What the PBX understands for a name of the facts: the name, or the unique id of a channel that has no name of its own.
    func address(_ name: String) -> String {
        guard !irregular.isEmpty, let uniqueID = holders[name], irregular.contains(uniqueID) else { return name }
        return uniqueID
    }

    /// A channel is there. A name that another one has is told apart by the unique id. `former`: the name that it had, if
    /// it got another one while nobody was told.
    mutating func begin(_ told: String, uniqueID: String) -> (name: String, former: String?) {
        guard !uniqueID.isEmpty else { return (told, nil) }
        guard let known = channels[uniqueID] else { return (give(told, to: uniqueID), nil) }
        channels[uniqueID]?.list = list
        if known.told == told { return (known.name, nil) }
        return (rename(known.name, to: told, uniqueID: uniqueID).new, known.name)
    }

    /// A channel has another name. The former and the new name in the facts.
    mutating func rename(_ old: String, to told: String, uniqueID: String) -> (old: String, new: String) {
        guard !uniqueID.isEmpty else { return (old, told) }
        let former = channels[uniqueID]?.name
        if let former, holders[former] == uniqueID { holders[former] = nil }
        let new = give(told, to: uniqueID)
        irregular.insert(uniqueID)
        return (former ?? old, new)
    }

    /// A channel ended. Its name in the facts.
    mutating func end(_ told: String, uniqueID: String) -> String {
        guard let entry = channels.removeValue(forKey: uniqueID) else { return told }
        if holders[entry.name] == uniqueID { holders[entry.name] = nil }
        irregular.remove(uniqueID)
        return entry.name
    }

    /// A new connection begins; its list will say which channels are still there.
    mutating func beginConnection() { isDoubtful = true }

    /// All channels are about to be listed.
    mutating func beginList() { list &+= 1 }

    /// All channels were listed: those that were not, and did not begin meanwhile, are gone.
    mutating func endList() {
        isDoubtful = false
        for (uniqueID, entry) in channels where entry.list != list { _ = end(entry.name, uniqueID: uniqueID) }
    }

    private mutating func give(_ told: String, to uniqueID: String) -> String {
        var name = told
        if isDoubtful, let holder = holders[told], holder != uniqueID, channels[holder]?.list != list {
            _ = end(told, uniqueID: holder)
        }
        if let holder = holders[told], holder != uniqueID {
            name = told + "#" + uniqueID
            irregular.insert(uniqueID)
        }
        holders[name] = uniqueID
        channels[uniqueID] = Entry(name: name, told: told, list: list)
        return name
    }
}
