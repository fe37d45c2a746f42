import TandemCore

/// One object of a list: knows how to write the keys named by a bit mask.
///
/// Writing changes nothing; it is `mutating` so that a record is written where it lies: a call on a borrowed array
/// element copies all its fields first, which cost a third of a fact's time.
protocol SiteRecord: Sendable {
    var id: String { get }
    var dirt: Dirt { get set }
    mutating func writeConfig(_ keys: UInt32, to writer: inout ObjectWriter)
    mutating func writeStatus(_ keys: UInt32, to writer: inout ObjectWriter)
}

extension SiteRecord {
    mutating func config(_ keys: UInt32 = .max, with writer: inout ObjectWriter) -> EncodedObject {
        writer.begin()
        writeConfig(keys, to: &writer)
        return writer.finish()
    }
    mutating func status(_ keys: UInt32 = .max, with writer: inout ObjectWriter) -> EncodedObject {
        writer.begin()
        writeStatus(keys, to: &writer)
        return writer.finish()
    }
}

/// Records in slots that never move, found by id. A slot number stays valid until its record is removed.
struct RecordTable<Record: SiteRecord>: Sendable {
    private(set) var slots: [String: Int] = [:]
    var records: [Record] = []
    private var isAlive: [Bool] = []
    private var free: [Int] = []

    @inline(__always)
    subscript(slot: Int) -> Record {
        // Lends the record: a getter would copy a record of forty fields for each field that is read.
        _read { yield records[slot] }
        _modify { yield &records[slot] }
    }

    func slot(_ id: String) -> Int? { slots[id] }
    var count: Int { slots.count }

    mutating func insert(_ record: Record) -> Int {
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
            records[slot] = record
            isAlive[slot] = true
        } else {
            slot = records.count
            records.append(record)
            isAlive.append(true)
        }
        slots[record.id] = slot
        return slot
    }

    mutating func remove(_ slot: Int) {
        slots[records[slot].id] = nil
        records[slot].dirt = Dirt(isNew: false)
        isAlive[slot] = false
        free.append(slot)
    }

    /// The slots in use, in slot order: the same order on every run.
    var liveSlots: [Int] { records.indices.filter { isAlive[$0] } }

    /// Marks keys of an object as changed; true when the caller must add it to the touched list.
    @inline(__always)
    mutating func mark(_ slot: Int, config: UInt32 = 0, status: UInt32 = 0) -> Bool {
        assert(isAlive[slot], "an object that is gone cannot change")
        records[slot].dirt.config |= config
        records[slot].dirt.status |= status
        if records[slot].dirt.isListed { return false }
        records[slot].dirt.isListed = true
        return true
    }

    /// Holds back the keys of a long list whose turn has not come. The moment at which it does, when the record begins to
    /// wait for it; nil: it is told now, or waits already.
    mutating func hold(_ slot: Int, keys: UInt32, interval: Duration, at now: Instant) -> Instant? {
        guard records[slot].dirt.status & keys != 0, !records[slot].dirt.isNew else { return nil }
        guard let toldAt = records[slot].dirt.toldAt, now < toldAt + interval else {
            records[slot].dirt.toldAt = now
            return nil
        }
        records[slot].dirt.held |= records[slot].dirt.status & keys
        records[slot].dirt.status &= ~keys
        if records[slot].dirt.isWaiting { return nil }
        records[slot].dirt.isWaiting = true
        return toldAt + interval
    }

    /// Puts what was held back among what changed. True: the caller must add it to the touched list.
    mutating func release(_ slot: Int) -> Bool {
        guard slot < records.count, isAlive[slot], records[slot].dirt.isWaiting else { return false }
        let held = records[slot].dirt.held
        records[slot].dirt.held = 0
        records[slot].dirt.isWaiting = false
        records[slot].dirt.toldAt = nil
        return held != 0 && mark(slot, status: held)
    }

    /// Forgets what changed in all records.
    mutating func settle() {
        for slot in records.indices { records[slot].dirt = Dirt(isNew: false) }
    }

    /// Appends what changed in a record and forgets that it changed.
    mutating func emit(
        _ slot: Int, as type: ObjectType, with writer: inout ObjectWriter, into changes: inout [ObjectChange]
    ) {
        let dirt = records[slot].dirt
        guard dirt.isListed else { return }
        records[slot].dirt.clear()
        let key = ObjectKey(type, records[slot].id)
        if dirt.isNew {
            changes.append(
                .added(
                    key, config: records[slot].config(with: &writer), status: records[slot].status(with: &writer)))
            return
        }
        if dirt.config != 0 {
            changes.append(.config(key, patch: records[slot].config(dirt.config, with: &writer)))
        }
        if dirt.status != 0 {
            changes.append(.status(key, patch: records[slot].status(dirt.status, with: &writer)))
        }
    }
}

/// Assigns a value and tells whether it was another one.
@inline(__always)
func assign<Value: Equatable>(_ place: inout Value, _ value: Value) -> Bool {
    if place == value { return false }
    place = value
    return true
}

/// An object that a fact touched.
struct Touched: Sendable {
    var type: ObjectType
    var slot: Int
}
