import TandemCore

/// The objects of one type of one site: open addressing over one buffer per object, about 275 bytes for an object with
/// 190 bytes of documents.
///
/// A buffer holds: hash of what follows (8 bytes), length of the configuration (4), length of the id (2), id,
/// configuration, status. The sum of the hashes is the table's digest: it does not depend on the order, and each
/// change costs only the object's own bytes. It covers the documents themselves, so that equal digests mean equal
/// bytes, and a copy that comes from the store needs no versions.
struct ObjectTable: Sendable {
    /// The objects, densely, in no particular order.
    private(set) var records: [[UInt8]] = []
    /// Below 1 + the object's place in `records` (0: free), above 32 bits of the id's hash, so that a search touches
    /// only the record that it wants. A power of two, at most three quarters full.
    private var slots: [UInt64] = []
    /// The sum of all hashes, wrapping.
    private(set) var digest: UInt64 = 0
    /// Bytes of all objects.
    private(set) var size = 0
    private let seed: UInt64
    /// Bytes that a half may reach by patches. A patch that leads beyond replaces the half: the same rule at every node,
    /// so copies stay equal, and no home can make an object grow that fits into no frame any more.
    static let halfLimit = Limits.peerFrame / 4

    init(type: ObjectType) { seed = 0x5441_4E44_454D_0000 | UInt64(type.rawValue) }

    var count: Int { records.count }

    enum Outcome: Hashable {
        case added, replaced, same
    }

    func record(_ id: String) -> [UInt8]? { place(id).map { records[$0] } }

    /// Sets both halves of an object.
    mutating func put(_ id: String, config: EncodedObject, status: EncodedObject) -> Outcome {
        let record = ObjectRecord.make(id: id, config: config.bytes, status: status.bytes, seed: seed)
        if let place = place(id) {
            if records[place] == record { return .same }
            replace(place, with: record)
            return .replaced
        }
        append(record, id: id)
        return .added
    }

    /// Merges a patch into one half. An object that is not there yet appears with the other half empty, here as at
    /// every other node that applies the same change.
    mutating func patch(_ id: String, config: EncodedObject?, status: EncodedObject?) {
        guard let place = place(id) else {
            append(
                ObjectRecord.make(
                    id: id, config: (config ?? .empty).bytes, status: (status ?? .empty).bytes, seed: seed), id: id)
            return
        }
        let old = records[place]
        let newConfig = config.map { Self.merge(ObjectRecord.config(of: old), $0) }
        let newStatus = status.map { Self.merge(ObjectRecord.status(of: old), $0) }
        replace(
            place,
            with: ObjectRecord.make(
                id: id, config: newConfig ?? ObjectRecord.config(of: old).bytes,
                status: newStatus ?? ObjectRecord.status(of: old).bytes, seed: seed))
    }

    private static func merge(_ half: EncodedObject, _ patch: EncodedObject) -> [UInt8] {
        let merged = half.merging(patch).bytes
        return merged.count <= halfLimit ? merged : patch.bytes
    }

    /// Removes an object. False when it was not there.
    mutating func remove(_ id: String) -> Bool {
        guard let place = place(id), let slot = slot(ofRecord: place) else { return false }
        digest &-= ObjectRecord.hash(of: records[place])
        size -= records[place].count
        free(slot)
        let last = records.count - 1
        if place != last, let moved = self.slot(ofRecord: last) {
            records.swapAt(place, last)
            slots[moved] = (slots[moved] & ~0xFFFF_FFFF) | UInt64(place + 1)
        }
        records.removeLast()
        return true
    }

    private mutating func replace(_ place: Int, with record: [UInt8]) {
        digest = digest &- ObjectRecord.hash(of: records[place]) &+ ObjectRecord.hash(of: record)
        size += record.count - records[place].count
        records[place] = record
    }

    private mutating func append(_ record: [UInt8], id: String) {
        if (records.count + 1) * 4 > slots.count * 3 { grow() }
        records.append(record)
        size += record.count
        digest &+= ObjectRecord.hash(of: record)
        insert(Self.hash(id) << 32 | UInt64(records.count))
    }

    // MARK: The slots

    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: 0, count: max(8, old.count * 2))
        for slot in old where slot != 0 { insert(slot) }
    }

    private mutating func insert(_ value: UInt64) {
        let mask = slots.count - 1
        var slot = Int(value >> 32) & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = value
    }

    private func place(_ id: String) -> Int? {
        guard !slots.isEmpty else { return nil }
        var id = id
        return id.withUTF8 { text in
            let hash = Self.hash(text)
            let mask = slots.count - 1
            var slot = Int(hash) & mask
            while slots[slot] != 0 {
                let place = Int(slots[slot] & 0xFFFF_FFFF) - 1
                if slots[slot] >> 32 == hash, ObjectRecord.has(records[place], id: text) { return place }
                slot = (slot + 1) & mask
            }
            return nil
        }
    }

    private func slot(ofRecord place: Int) -> Int? {
        let hash = Self.hash(recordID: records[place])
        let wanted = hash << 32 | UInt64(place + 1)
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while slots[slot] != 0 {
            if slots[slot] == wanted { return slot }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// Empties a slot and moves later ones of the same run up, so that no search ends too early.
    private mutating func free(_ slot: Int) {
        let mask = slots.count - 1
        var hole = slot
        var next = slot
        while true {
            next = (next + 1) & mask
            guard slots[next] != 0 else { break }
            let home = Int(slots[next] >> 32) & mask
            // The entry may move up only if its home is not between the hole and its place.
            let distanceFromHome = (next - home) & mask
            let distanceFromHole = (next - hole) & mask
            if distanceFromHome >= distanceFromHole {
                slots[hole] = slots[next]
                hole = next
            }
        }
        slots[hole] = 0
    }

    private static func hash(_ id: String) -> UInt64 {
        var id = id
        return id.withUTF8 { hash($0) }
    }

    private static func hash(recordID record: [UInt8]) -> UInt64 {
        record.withUnsafeBufferPointer { hash(ObjectRecord.id(in: $0)) }
    }

    /// The library's keyed hash: a peer cannot choose ids that collide. It never leaves the process.
    private static func hash(_ id: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(id))
        return UInt64(truncatingIfNeeded: hasher.finalize()) & 0xFFFF_FFFF
    }
}
