import TandemCore

extension SiteModel {
    /// The first id of discovered objects. Ids from here to 1,999,999,999 fit 32 bits, and old clients show only ids
    /// made of digits.
    public static let firstDiscoveredID: UInt64 = 1_000_000_000

    /// An id for an object that only the PBX knows: 1,000,000,000 plus a hash of its name, so that it is the same
    /// after a restart; the next free number when a configured or discovered object has that id already.
    func discoveredID(_ type: ObjectType, _ name: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        var offset = hash % 1_000_000_000
        while true {
            let id = String(Self.firstDiscoveredID + offset)
            if !isTaken(type, id) { return id }
            offset = (offset + 1) % 1_000_000_000
        }
    }

    private func isTaken(_ type: ObjectType, _ id: String) -> Bool {
        switch type {
        case .phone: phones.slot(id) != nil
        case .agent: agents.slot(id) != nil
        case .queue: queues.slot(id) != nil
        case .voicemail: voicemails.slot(id) != nil
        case .meetme: rooms.slot(id) != nil
        case .trunk: trunks.slot(id) != nil
        case .parking: parkings.slot(id) != nil
        case .user, .queueMember, .group, .channel, .site: false
        }
    }
}
