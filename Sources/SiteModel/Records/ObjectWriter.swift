import TandemCore

/// Writes the members of one half of an object. The memory is used again for the next one.
struct ObjectWriter: Sendable {
    private var json = JSONWriter(capacity: 512)

    /// Begins a new object.
    mutating func begin() {
        json.reset()
        json.beginObject()
    }

    /// The finished object, in memory of exactly its size.
    mutating func finish() -> EncodedObject {
        json.endObject()
        return EncodedObject(trusted: json.bytes)
    }

    @inline(__always)
    mutating func text(_ key: StaticString, _ value: String?) {
        json.key(key)
        if let value { json.string(value) } else { json.null() }
    }
    @inline(__always)
    mutating func number(_ key: StaticString, _ value: Int) {
        json.key(key)
        json.integer(value)
    }
    @inline(__always)
    mutating func flag(_ key: StaticString, _ value: Bool) {
        json.key(key)
        json.bool(value)
    }
    mutating func texts(_ key: StaticString, _ values: [String]) {
        json.key(key)
        json.beginArray()
        for value in values { json.string(value) }
        json.endArray()
    }
    mutating func beginArray(_ key: StaticString) {
        json.key(key)
        json.beginArray()
    }
    mutating func endArray() { json.endArray() }
    mutating func element(_ value: String) { json.string(value) }
    mutating func beginElement() { json.beginObject() }
    mutating func beginObject(_ key: StaticString) {
        json.key(key)
        json.beginObject()
    }
    mutating func beginObject(named key: String) {
        json.key(key)
        json.beginObject()
    }
    mutating func endObject() { json.endObject() }
}
