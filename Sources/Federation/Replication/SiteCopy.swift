import TandemCore

/// The objects of one site as they were at one position of its log: the home's own, or a copy of them. One
/// representation for both.
struct SiteCopy: Sendable {
    /// The life of the home's node that the state belongs to; 0: nothing was ever received.
    var incarnation: UInt64
    /// The position in that life's log.
    var sequence: UInt64
    /// By raw value of the type.
    private var tables: [ObjectTable]

    init(incarnation: UInt64 = 0, sequence: UInt64 = 0) {
        self.incarnation = incarnation
        self.sequence = sequence
        let highest = ObjectType.allCases.map(\.rawValue).max() ?? 0
        tables = (0...highest).map { ObjectTable(type: ObjectType(rawValue: $0) ?? .site) }
    }

    var count: Int { tables.reduce(0) { $0 + $1.count } }

    /// Bytes of all objects.
    var size: Int { tables.reduce(0) { $0 + $1.size } }

    /// Equal digests: equal objects, byte for byte.
    var digest: UInt64 { tables.reduce(0) { $0 &+ $1.digest } }

    func count(of type: ObjectType) -> Int { tables[Int(type.rawValue)].count }

    func object(_ key: ObjectKey) -> (config: EncodedObject, status: EncodedObject)? {
        tables[Int(key.type.rawValue)].record(key.id).map { (ObjectRecord.config(of: $0), ObjectRecord.status(of: $0)) }
    }

    /// The buffers of one type, in no particular order.
    func records(_ type: ObjectType) -> [[UInt8]] { tables[Int(type.rawValue)].records }

    func contains(_ key: ObjectKey) -> Bool { tables[Int(key.type.rawValue)].record(key.id) != nil }

    /// Applies one change; does not move the position. False when nothing was there to remove, or an object was added
    /// that is there already, byte for byte.
    @discardableResult
    mutating func apply(_ change: ObjectChange) -> Bool {
        switch change {
        case .added(let key, let config, let status):
            return tables[Int(key.type.rawValue)].put(key.id, config: config, status: status) != .same
        case .config(let key, let patch):
            tables[Int(key.type.rawValue)].patch(key.id, config: patch, status: nil)
        case .status(let key, let patch):
            tables[Int(key.type.rawValue)].patch(key.id, config: nil, status: patch)
        case .removed(let key):
            return tables[Int(key.type.rawValue)].remove(key.id)
        }
        return true
    }

    /// The changes that make this copy equal to a newer one: removed objects first, then new and different ones whole.
    func difference(to newer: SiteCopy) -> [ObjectChange] {
        var changes: [ObjectChange] = []
        for type in ObjectType.allCases {
            let mine = tables[Int(type.rawValue)]
            let theirs = newer.tables[Int(type.rawValue)]
            if mine.digest == theirs.digest, mine.count == theirs.count { continue }
            for record in mine.records {
                let id = ObjectRecord.id(of: record)
                if theirs.record(id) == nil { changes.append(.removed(ObjectKey(type, id))) }
            }
            for record in theirs.records {
                let id = ObjectRecord.id(of: record)
                if !mine.records.isEmpty, mine.record(id) == record { continue }
                changes.append(
                    .added(
                        ObjectKey(type, id), config: ObjectRecord.config(of: record),
                        status: ObjectRecord.status(of: record)))
            }
        }
        return changes
    }
}
