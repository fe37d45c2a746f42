/// A map kept in the order of its keys, so that every walk is deterministic: the same events give the same effects in
/// every run. Meant for some hundred entries (sites, sockets), found by binary search.
struct OrderedMap<Key: Comparable & Sendable, Value: Sendable>: Sendable {
    /// The keys in order.
    private(set) var keys: [Key] = []
    /// The values beside them; never nil between two calls. For loops that must be cheap.
    private(set) var slots: [Value?] = []

    init() {}

    var count: Int { keys.count }
    var isEmpty: Bool { keys.isEmpty }

    /// The values in the order of their keys.
    var values: some Sequence<Value> { slots.lazy.compactMap { $0 } }

    /// Keys and values in order.
    var pairs: some Sequence<(Key, Value)> {
        zip(keys, slots).lazy.compactMap { key, value in value.map { (key, $0) } }
    }

    /// The value at a place of the order, borrowed: for walks that look at one field of each value and must not copy
    /// (and count the references of) whole values.
    subscript(at place: Int) -> Value? { _read { yield slots[place] } }

    func contains(_ key: Key) -> Bool { place(of: key).found }

    /// Changes a value in its place; setting nil removes the entry.
    subscript(key: Key) -> Value? {
        // Borrowed, so that reading one field does not copy the whole value.
        _read {
            let (index, found) = place(of: key)
            if found { yield slots[index] } else { yield nil }
        }
        _modify {
            let (index, found) = place(of: key)
            if found {
                yield &slots[index]
                if slots[index] == nil {
                    slots.remove(at: index)
                    keys.remove(at: index)
                }
            } else {
                var fresh: Value?
                yield &fresh
                if let fresh {
                    slots.insert(fresh, at: index)
                    keys.insert(key, at: index)
                }
            }
        }
    }

    /// Removes everything.
    mutating func removeAll() {
        keys = []
        slots = []
    }

    private func place(of key: Key) -> (index: Int, found: Bool) {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return (low, low < keys.count && keys[low] == key)
    }
}
