/// A value in a parsed text, lent by `JSONTape` for the length of a closure. Plain pointers, no reference counting.
///
/// A view MUST NOT be kept: it is valid only while the closure that received it runs.
public struct JSONView {
    @usableFromInline let text: UnsafePointer<UInt8>?
    @usableFromInline let tokens: UnsafePointer<JSONToken>
    @usableFromInline let index: Int
    /// What the whole text contains that our writer would have written otherwise.
    @usableFromInline let traits: JSONTraits

    /// `tokens` holds at least one token (a tape is never empty); `bytes` are those that were parsed into it.
    @usableFromInline
    init(
        bytes: UnsafeBufferPointer<UInt8>, tokens: UnsafeBufferPointer<JSONToken>, index: Int, traits: JSONTraits
    ) {
        guard let base = tokens.baseAddress else { preconditionFailure("a tape always has a token") }
        text = bytes.baseAddress
        self.tokens = base
        self.index = index
        self.traits = traits
    }

    @inline(__always)
    private init(_ other: JSONView, index: Int) {
        text = other.text
        tokens = other.tokens
        self.index = index
        traits = other.traits
    }

    @inline(__always) private var token: JSONToken { tokens[index] }

    /// The place on the tape, for keeping beside the bytes.
    public var node: JSONTape.Node { JSONTape.Node(index) }
    /// Another value of the same text.
    public func at(_ node: JSONTape.Node) -> JSONView { JSONView(self, index: Int(node.index)) }

    /// What the value is.
    public var kind: JSONKind { token.kind }
    /// Whether the value is `null`.
    public var isNull: Bool { token.isKind(.null) }
    /// How many elements or members; 0 for other values.
    public var count: Int { token.count }
    /// Where the value lies in the text, with the quotes of a string.
    public var rawRange: Range<Int> { Int(token.start)..<Int(token.end) }
    /// The bytes of the value as received.
    public var rawBytes: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: text.map { $0 + Int(token.start) }, count: Int(token.end &- token.start))
    }

    /// The text of a string, unescaped; nil for other values. Up to 15 bytes it does not allocate.
    public var string: String? {
        let token = token
        guard token.isKind(.string), let text else { return nil }
        let start = Int(token.start) &+ 1
        let end = Int(token.end) &- 1
        if token.flag { return JSONScan.unescaped(text, start, end) }
        return String(decoding: UnsafeBufferPointer(start: text + start, count: end &- start), as: UTF8.self)
    }

    /// The bytes of a string between its quotes when it holds no escape; nil otherwise.
    public var plainStringBytes: UnsafeBufferPointer<UInt8>? {
        let token = token
        guard token.isKind(.string), !token.flag, let text else { return nil }
        return UnsafeBufferPointer(start: text + Int(token.start) + 1, count: Int(token.end &- token.start) &- 2)
    }

    /// Whether the value is exactly this string.
    public func isString(_ literal: StaticString) -> Bool {
        let token = token
        guard token.isKind(.string), let text else { return false }
        if token.flag { return string?.isExactly(literal.description) == true }
        return JSONScan.equals(text + Int(token.start) + 1, Int(token.end &- token.start) &- 2, literal)
    }

    /// A whole number within 64 bits; nil for other values.
    public var integer: Int64? {
        let token = token
        guard token.isKind(.number), !token.flag, let text else { return nil }
        return JSONScan.integer(text, Int(token.start), Int(token.end))
    }

    /// Any number (infinite when beyond a double's range); nil for other values.
    public var double: Double? {
        guard token.isKind(.number) else { return nil }
        if let integer { return Double(integer) }
        return Double(String(decoding: rawBytes, as: UTF8.self))
    }

    /// Whether the value is a whole number, of any size.
    public var isWholeNumber: Bool { token.isKind(.number) && !token.flag }

    /// A flag; nil for other values.
    public var bool: Bool? { token.isKind(.bool) ? token.flag : nil }

    /// A string's text or a whole number's digits: ids come as either (CTI reference 11, point 5).
    public var idText: String? {
        switch token.kind {
        case .string: string
        case .number where !token.flag: String(decoding: rawBytes, as: UTF8.self)
        default: nil
        }
    }

    /// The value of a key: the last one when the key is repeated, nil when absent or this is no object.
    public func member(_ key: StaticString) -> JSONView? {
        guard key.hasPointerRepresentation else { return member(key.description) }
        return member(key.utf8Start, key.utf8CodeUnitCount)
    }

    /// The value of a key: the last one when the key is repeated, nil when absent or this is no object.
    @_disfavoredOverload
    public func member(_ key: String) -> JSONView? {
        var key = key
        return key.withUTF8 { name in
            // An empty text may have no address of its own; any will do for comparing no bytes.
            guard let start = name.baseAddress ?? text else { return nil }
            return member(start, name.count)
        }
    }

    @inline(__always)
    private func member(_ name: UnsafePointer<UInt8>, _ size: Int) -> JSONView? {
        guard token.isKind(.object), let text else { return nil }
        let end = Int(token.next)
        var place = index &+ 1
        var found = -1
        while place < end {
            let candidate = tokens[place]
            if candidate.flag {
                // A key with escapes: rare enough to be made a text of.
                let key = JSONView(self, index: place).string ?? ""
                if key.utf8.elementsEqual(UnsafeBufferPointer(start: name, count: size)) { found = place &+ 1 }
            } else if Int(candidate.end &- candidate.start) &- 2 == size,
                JSONScan.equals(text + Int(candidate.start) + 1, name, size)
            {
                found = place &+ 1
            }
            place = Int(tokens[place &+ 1].next)
        }
        return found < 0 ? nil : JSONView(self, index: found)
    }

    /// The text of a string member; nil when absent or no string.
    public func string(_ key: StaticString) -> String? { member(key)?.string }
    /// The whole number of a member; nil when absent or no whole number.
    public func integer(_ key: StaticString) -> Int64? { member(key)?.integer }
    /// The flag of a member; nil when absent or no boolean.
    public func bool(_ key: StaticString) -> Bool? { member(key)?.bool }

    /// The members of an object in order, repeated keys included; empty for other values.
    public var members: Members {
        Members(self, from: index &+ 1, to: token.isKind(.object) ? Int(token.next) : index &+ 1)
    }

    /// The elements of an array in order; empty for other values.
    public var elements: Elements {
        Elements(self, from: index &+ 1, to: token.isKind(.array) ? Int(token.next) : index &+ 1)
    }

    /// Walks the elements of an array without allocating.
    public struct Elements: Sequence, IteratorProtocol {
        private let array: JSONView
        private var place: Int
        private let end: Int

        fileprivate init(_ array: JSONView, from place: Int, to end: Int) {
            self.array = array
            self.place = place
            self.end = end
        }

        /// The next element.
        public mutating func next() -> JSONView? {
            guard place < end else { return nil }
            defer { place = Int(array.tokens[place].next) }
            return JSONView(array, index: place)
        }
    }

    /// Walks the members of an object without allocating.
    public struct Members: Sequence, IteratorProtocol {
        private let object: JSONView
        private var place: Int
        private let end: Int

        fileprivate init(_ object: JSONView, from place: Int, to end: Int) {
            self.object = object
            self.place = place
            self.end = end
        }

        /// The next key and its value.
        public mutating func next() -> (key: JSONView, value: JSONView)? {
            guard place < end else { return nil }
            defer { place = Int(object.tokens[place &+ 1].next) }
            return (JSONView(object, index: place), JSONView(object, index: place &+ 1))
        }
    }
}

extension JSONView {
    /// The value as a tree.
    public var value: JSONValue {
        switch token.kind {
        case .null: return .null
        case .bool: return .bool(token.flag)
        case .string: return .string(string ?? "")
        case .number:
            if let integer { return .integer(integer) }
            if token.flag, let double, double.isFinite { return .double(double) }
            return .numeral(String(decoding: rawBytes, as: UTF8.self))
        case .array:
            var list: [JSONValue] = []
            list.reserveCapacity(count)
            for element in elements { list.append(element.value) }
            return .array(list)
        case .object:
            return .object(object ?? JSONObject())
        }
    }

    /// The members as a tree; nil when this is no object. A repeated key keeps its first place and its last value.
    public var object: JSONObject? {
        guard token.isKind(.object) else { return nil }
        var list: [(key: String, value: JSONValue)] = []
        list.reserveCapacity(count)
        for (key, value) in members { list.append((key.string ?? "", value.value)) }
        return hasDistinctPlainKeys ? JSONObject(distinct: list) : JSONObject(parsed: list)
    }

    /// Whether no key is repeated and none holds an escape. Objects of many members are not looked at: false.
    var hasDistinctPlainKeys: Bool {
        guard let text, token.isKind(.object), count <= 24 else { return false }
        let end = Int(token.next)
        var place = index &+ 1
        while place < end {
            let key = tokens[place]
            guard !key.flag else { return false }
            var other = index &+ 1
            while other < place {
                let before = tokens[other]
                if before.end &- before.start == key.end &- key.start,
                    JSONScan.equals(
                        text + Int(before.start), text + Int(key.start), Int(key.end &- key.start))
                {
                    return false
                }
                other = Int(tokens[other &+ 1].next)
            }
            place = Int(tokens[place &+ 1].next)
        }
        return true
    }
}
