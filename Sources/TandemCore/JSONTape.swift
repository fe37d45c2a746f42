/// A reusable flat list of the values in one JSON text: one validating pass, then cheap navigation.
///
/// A tape allocates only while it grows; keep one per event loop or connection and parse into it again and again. It
/// holds no bytes: pass the same bytes to the readers that were parsed. Nodes of an earlier parse are meaningless
/// after the next one. After a failed parse the tape holds a single `null`.
///
/// Strict RFC 8259 in UTF-8. Escapes of lone surrogates are accepted and read as U+FFFD. An object may repeat a key:
/// the last one wins.
public struct JSONTape: Sendable {
    /// A value on a tape.
    public struct Node: Hashable, Sendable {
        let index: Int32
        init(_ index: Int) { self.index = Int32(truncatingIfNeeded: index) }
    }

    /// The longest text that a tape accepts, 256 MiB: far beyond any frame's own limit.
    public static let maximumLength = 256 << 20
    /// The deepest nesting that a caller may allow; trees are walked by recursion, so it is bounded.
    public static let maximumDepth = 512
    /// The deepest nesting in the `lenient` dialect, whose readers do not make trees.
    public static let maximumLenientDepth = Limits.shownDepth

    /// What counts as JSON.
    public enum Dialect: Hashable, Sendable {
        /// RFC 8259 and nothing else.
        case strict
        /// As well `NaN`, `Infinity` and `-Infinity`, which Python writes; for programs that only look on.
        case lenient
    }

    @usableFromInline var tokens: [JSONToken]
    @usableFromInline var traits: JSONTraits = []

    /// An empty tape: its root is `null`.
    public init() { tokens = [Self.blank] }

    /// A tape with room for a usual text of this many bytes.
    public init(forTextOf length: Int) {
        tokens = Array(repeating: Self.blank, count: Swift.max(1, Self.tokens(likelyIn: length)))
    }

    private static var blank: JSONToken { JSONToken(.null, start: 0, end: 0, next: 1) }
    /// Usual texts have a token every eight bytes or more.
    private static func tokens(likelyIn length: Int) -> Int {
        Swift.min(length, maximumLength) / 6 + 8
    }

    /// Validates a text and notes where each value lies.
    ///
    /// - Parameter depthLimit: how many arrays and objects may be nested, at most `maximumDepth`
    ///   (`maximumLenientDepth` in the lenient dialect).
    /// - Parameter dialect: what counts as JSON.
    public mutating func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, depthLimit: Int = 64, dialect: Dialect = .strict
    ) throws(JSONError) {
        guard bytes.count <= Self.maximumLength else {
            throw fail(at: Self.maximumLength, .tooLarge(limit: Self.maximumLength))
        }
        guard let text = bytes.baseAddress, !bytes.isEmpty else { throw fail(at: 0, .unexpectedEnd) }
        let deepest = dialect == .strict ? Self.maximumDepth : Self.maximumLenientDepth
        let limit = Swift.max(0, Swift.min(depthLimit, deepest))
        while true {
            let outcome = tokens.withUnsafeMutableBufferPointer { memory -> JSONParser.Outcome in
                guard let base = memory.baseAddress else { return JSONParser.Outcome(isFull: true) }
                return JSONParser.run(
                    text, bytes.count, into: base, capacity: memory.count, depthLimit: limit,
                    acceptsNonFinite: dialect == .lenient)
            }
            if outcome.isFull {
                let more = Swift.max(tokens.count, Self.tokens(likelyIn: bytes.count))
                tokens.append(contentsOf: repeatElement(Self.blank, count: more))
                continue
            }
            if let fault = outcome.fault { throw fail(at: outcome.position, fault) }
            traits = outcome.traits
            return
        }
    }

    /// Validates a text and notes where each value lies.
    public mutating func parse(_ bytes: [UInt8], depthLimit: Int = 64) throws(JSONError) {
        let result = bytes.withUnsafeBufferPointer { buffer -> JSONError? in
            do throws(JSONError) {
                try parse(buffer, depthLimit: depthLimit)
                return nil
            } catch {
                return error
            }
        }
        if let result { throw result }
    }

    private mutating func fail(at offset: Int, _ reason: JSONError.Reason) -> JSONError {
        tokens[0] = JSONToken(.null, start: 0, end: 0, next: 1)
        traits = []
        return JSONError(offset: offset, reason: reason)
    }

    /// Gives back the memory of an unusually large text. Call it between texts; the root is `null` afterwards.
    public mutating func trim(toTokens limit: Int) {
        guard tokens.count > Swift.max(1, limit) else { return }
        tokens = Array(repeating: JSONToken(.null, start: 0, end: 0, next: 1), count: Swift.max(1, limit))
        traits = []
    }

    /// Lends the parsed text as a view. The view MUST NOT leave the closure.
    @inlinable
    public func withView<Result, Failure: Error>(
        of bytes: UnsafeBufferPointer<UInt8>, _ body: (JSONView) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try tokens.withUnsafeBufferPointer { (memory) throws(Failure) -> Result in
            try body(JSONView(bytes: bytes, tokens: memory, index: 0, traits: traits))
        }
    }

    /// Parses a text and lends the result as a view. The view MUST NOT leave the closure.
    public mutating func withParsed<Result>(
        _ bytes: UnsafeBufferPointer<UInt8>, depthLimit: Int = 64, _ body: (JSONView) -> Result
    ) throws(JSONError) -> Result {
        try parse(bytes, depthLimit: depthLimit)
        return withView(of: bytes, body)
    }
}

// Navigation by node, for callers that keep nodes beside the bytes.
extension JSONTape {
    /// The outermost value.
    public var root: Node { Node(0) }

    /// What a value is.
    public func kind(of node: Node) -> JSONKind { tokens[Int(node.index)].kind }

    /// The bytes of a value as received, with the quotes of a string.
    public func rawRange(of node: Node) -> Range<Int> {
        let token = tokens[Int(node.index)]
        return Int(token.start)..<Int(token.end)
    }

    /// How many elements or members an array or object has; 0 for other values.
    public func count(of node: Node) -> Int { tokens[Int(node.index)].count }

    /// The value of a key of an object: the last one when the key is repeated, nil when absent or no object.
    public func member(_ key: StaticString, of node: Node, in bytes: UnsafeBufferPointer<UInt8>) -> Node? {
        view(node, bytes) { $0.member(key)?.node }
    }

    /// The value of a key of an object: the last one when the key is repeated, nil when absent or no object.
    @_disfavoredOverload
    public func member(_ key: String, of node: Node, in bytes: UnsafeBufferPointer<UInt8>) -> Node? {
        view(node, bytes) { $0.member(key)?.node }
    }

    /// The text of a string, unescaped; nil for other values.
    public func string(_ node: Node, in bytes: UnsafeBufferPointer<UInt8>) -> String? {
        view(node, bytes) { $0.string }
    }

    /// Whether a value is exactly this string.
    public func stringEquals(_ node: Node, _ text: StaticString, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        view(node, bytes) { $0.isString(text) }
    }

    /// A whole number within 64 bits; nil for other values.
    public func integer(_ node: Node, in bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        view(node, bytes) { $0.integer }
    }

    /// Any number; nil for other values.
    public func double(_ node: Node, in bytes: UnsafeBufferPointer<UInt8>) -> Double? {
        view(node, bytes) { $0.double }
    }

    /// A flag; nil for other values.
    public func bool(_ node: Node) -> Bool? {
        let token = tokens[Int(node.index)]
        return token.kind == .bool ? token.flag : nil
    }

    /// The value as a tree.
    public func value(of node: Node, in bytes: UnsafeBufferPointer<UInt8>) -> JSONValue {
        view(node, bytes) { $0.value }
    }

    private func view<Result>(
        _ node: Node, _ bytes: UnsafeBufferPointer<UInt8>, _ body: (JSONView) -> Result
    ) -> Result {
        withView(of: bytes) { body($0.at(node)) }
    }
}
