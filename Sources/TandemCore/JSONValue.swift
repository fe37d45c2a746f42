/// Any JSON value as a tree, for everything that is not on a hot path. Hot messages are read from `JSONTape` directly.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// A whole number within 64 bits.
    case integer(Int64)
    /// A number with a fraction or an exponent.
    case double(Double)
    /// The digits of a whole number beyond 64 bits, kept as written.
    case numeral(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// The text, if this is a string.
    public var stringValue: String? { if case .string(let text) = self { text } else { nil } }
    /// The flag, if this is a boolean.
    public var boolValue: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    /// The number, if this is a whole number within 64 bits.
    public var integerValue: Int64? { if case .integer(let number) = self { number } else { nil } }
    /// The number, if this is a number of any kind.
    public var doubleValue: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .double(let number): number
        case .numeral(let digits): Double(digits)
        default: nil
        }
    }
    /// The elements, if this is an array.
    public var arrayValue: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
    /// The members, if this is an object.
    public var objectValue: JSONObject? { if case .object(let members) = self { members } else { nil } }
    /// Whether this is `null`.
    public var isNull: Bool { self == .null }
    /// A string's text or a whole number's digits: ids come as either (CTI reference 11, point 5).
    public var idText: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .numeral(let digits): digits
        default: nil
        }
    }

    /// A member of an object, nil when this is no object or lacks the key.
    public subscript(key: String) -> JSONValue? { objectValue?[key] }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A number with a fraction.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// `null`.
    public init(nilLiteral: ()) { self = .null }
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object, keys in the order written.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}

/// The members of a JSON object in the order in which they were added. Objects of this protocol are small, so keys
/// are found by walking. Keys are compared byte by byte, as on the wire.
public struct JSONObject: Sendable, ExpressibleByDictionaryLiteral, Sequence {
    /// The members in order. Keys are unique.
    public private(set) var members: [(key: String, value: JSONValue)]

    /// An empty object.
    public init() { members = [] }
    /// An object of these members; a repeated key keeps its first place and its last value.
    public init(_ pairs: some Sequence<(String, JSONValue)>) {
        self.init(parsed: pairs.map { (key: $0.0, value: $0.1) })
    }

    /// An object of members that may repeat keys. Beyond a few members keys are hashed, so that an object of a
    /// hundred thousand keys from outside costs no quadratic time.
    init(parsed pairs: [(key: String, value: JSONValue)]) {
        members = []
        if pairs.count <= Self.walkLimit {
            if Self.areDistinct(pairs) {
                members = pairs
            } else {
                for (key, value) in pairs { self[key] = value }
            }
            return
        }
        var places = [ExactText: Int](minimumCapacity: pairs.count)
        members.reserveCapacity(pairs.count)
        for pair in pairs {
            let key = ExactText(text: pair.key)
            if let place = places[key] {
                members[place].value = pair.value
            } else {
                places[key] = members.count
                members.append(pair)
            }
        }
    }

    /// An object of members whose keys are known to be distinct.
    init(distinct pairs: [(key: String, value: JSONValue)]) { members = pairs }

    private static let walkLimit = 24

    private static func areDistinct(_ pairs: [(key: String, value: JSONValue)]) -> Bool {
        for place in pairs.indices.dropFirst() {
            let key = pairs[place].key
            for other in 0..<place where pairs[other].key.isExactly(key) { return false }
        }
        return true
    }

    /// An object, keys in the order written.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }

    /// The value of a key; setting nil removes the member.
    public subscript(key: String) -> JSONValue? {
        get { members.first { $0.key.isExactly(key) }?.value }
        set {
            if let place = members.firstIndex(where: { $0.key.isExactly(key) }) {
                if let newValue { members[place].value = newValue } else { members.remove(at: place) }
            } else if let newValue {
                members.append((key, newValue))
            }
        }
    }

    /// How many members there are.
    public var count: Int { members.count }
    /// Whether there is no member.
    public var isEmpty: Bool { members.isEmpty }
    /// The keys in order.
    public var keys: [String] { members.map(\.key) }

    /// Iterates over the members in order.
    public func makeIterator() -> IndexingIterator<[(key: String, value: JSONValue)]> { members.makeIterator() }

    /// Adds or replaces the members of another object.
    public mutating func merge(_ other: JSONObject) {
        if count + other.count <= Self.walkLimit {
            for (key, value) in other { self[key] = value }
        } else {
            self = JSONObject(parsed: members + other.members)
        }
    }
}

extension JSONObject: Hashable {
    /// Equal members, whatever their order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        if left.count <= walkLimit { return left.members.allSatisfy { right[$0.key] == $0.value } }
        let values = Dictionary(
            right.members.map { (ExactText(text: $0.key), $0.value) }, uniquingKeysWith: { $1 })
        return left.members.allSatisfy { values[ExactText(text: $0.key)] == $0.value }
    }
    /// Hashes independently of the order.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        var sum = 0
        for (key, value) in members {
            var inner = Hasher()
            inner.combine(key)
            inner.combine(value)
            sum ^= inner.finalize()
        }
        hasher.combine(sum)
    }
}
