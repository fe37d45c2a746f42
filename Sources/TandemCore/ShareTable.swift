/// A bounded table whose entries belong to owners, each of which may have a share of them: beyond either bound the oldest
/// entry gives way, that of the owner first.
public struct ShareTable<Key: Hashable, Owner: Hashable, Value> {
    private struct Entry {
        var value: Value
        let owner: Owner
        let number: UInt64
    }

    private let limit: Int
    private let share: Int
    private var entries: [Key: Entry] = [:]
    private var keysOfOwner: [Owner: [Key]] = [:]
    private var lastNumber: UInt64 = 0

    /// An empty table.
    ///
    /// - Parameters:
    ///   - limit: entries at a time.
    ///   - share: of these, how many of one owner.
    public init(limit: Int, share: Int) {
        self.limit = max(1, limit)
        self.share = max(1, share)
    }

    /// How many entries there are.
    public var count: Int { entries.count }

    /// How many entries belong to an owner.
    public func count(of owner: Owner) -> Int { keysOfOwner[owner]?.count ?? 0 }

    /// Takes out an owner's entries, from the oldest on, as long as they mean nothing any more.
    public mutating func trim(_ owner: Owner, while isIdle: (Value) -> Bool) {
        while let oldest = keysOfOwner[owner]?.first, let entry = entries[oldest], isIdle(entry.value) {
            remove(oldest)
        }
    }

    /// The value of an entry; nil: there is none.
    public subscript(key: Key) -> Value? { entries[key]?.value }

    /// Makes an entry, or gives one that is there another value; that does not make it younger.
    public mutating func set(_ key: Key, _ value: Value, of owner: Owner) {
        guard entries[key] == nil else {
            entries[key]?.value = value
            return
        }
        if let own = keysOfOwner[owner], own.count >= share, let oldest = own.first { remove(oldest) }
        if entries.count >= limit { makeRoom() }
        lastNumber += 1
        entries[key] = Entry(value: value, owner: owner, number: lastNumber)
        keysOfOwner[owner, default: []].append(key)
    }

    /// Changes the value of an entry, if there is one.
    public mutating func change(_ key: Key, _ body: (inout Value) -> Void) {
        guard var entry = entries[key] else { return }
        body(&entry.value)
        entries[key] = entry
    }

    /// Takes an entry out. Harmless when repeated.
    public mutating func remove(_ key: Key) {
        guard let owner = entries.removeValue(forKey: key)?.owner else { return }
        keysOfOwner[owner]?.removeAll { $0 == key }
        if keysOfOwner[owner]?.isEmpty ?? false { keysOfOwner[owner] = nil }
    }

    /// The oldest quarter goes at once: looking for the oldest one each time would cost the whole table.
    private mutating func makeRoom() {
        let numbers = entries.values.map(\.number).sorted()
        let last = numbers[min(numbers.count - 1, numbers.count / 4)]
        for (key, entry) in entries where entry.number <= last { remove(key) }
    }
}
