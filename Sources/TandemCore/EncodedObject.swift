/// The text of a JSON object, already encoded: compact, valid, ASCII-escaped, no key twice. One allocation for the
/// whole document, shared by everyone it is sent to.
public struct EncodedObject: Hashable, Sendable {
    /// The text, from `{` to `}`.
    public let bytes: [UInt8]

    /// `{}`.
    public static let empty = EncodedObject(trusted: [UInt8(ascii: "{"), UInt8(ascii: "}")])

    /// Wraps bytes that the caller has validated or written itself. They MUST be one compact JSON object as
    /// `JSONWriter` writes it.
    public init(trusted bytes: [UInt8]) { self.bytes = bytes }

    /// Encodes a tree.
    public init(_ object: JSONObject) {
        guard !object.isEmpty else {
            self = .empty
            return
        }
        var writer = JSONWriter()
        writer.value(object)
        bytes = writer.bytes
    }

    /// Encodes an object that is written by a closure: `EncodedObject { $0.key("reg"); $0.string("OK") }`.
    public init(members: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        writer.beginObject()
        members(&writer)
        writer.endObject()
        bytes = writer.bytes
    }

    /// Checks bytes from outside. What is not written as our writer would write it is written anew.
    public init(validating bytes: [UInt8]) throws(JSONError) {
        var tape = JSONTape()
        try tape.parse(bytes, depthLimit: Limits.jsonDepth)
        let checked = bytes.withUnsafeBufferPointer { buffer in tape.withView(of: buffer) { EncodedObject($0) } }
        guard let checked else {
            throw JSONError(offset: tape.rawRange(of: tape.root).lowerBound, reason: .notAnObject)
        }
        self = checked
    }

    /// Copies an object out of a parsed text; nil when the view is no object.
    public init?(_ view: JSONView) {
        guard view.kind == .object else { return nil }
        guard view.count > 0 else {
            self = .empty
            return
        }
        if view.isWrittenAsOurs {
            self.init(trusted: Array(view.rawBytes))
        } else {
            self.init(view.object ?? JSONObject())
        }
    }

    /// Whether the object has no members.
    public var isEmpty: Bool { bytes.count <= 2 }

    /// The object as a tree. (Bytes that were trusted wrongly give an empty one.)
    public func decoded() -> JSONObject { (try? JSONValue(parsing: bytes).objectValue) ?? JSONObject() }

    /// The keys in order.
    public var keys: [String] {
        var keys: [String] = []
        bytes.withUnsafeBufferPointer { text in
            var scan = MemberScan(text)
            while let member = scan.next() { keys.append(member.keyText(in: text)) }
        }
        return keys
    }

    /// Whether a key of plain ASCII is there. Costs no allocation.
    public func contains(_ key: StaticString) -> Bool {
        bytes.withUnsafeBufferPointer { text in
            var scan = MemberScan(text)
            while let member = scan.next() {
                if member.isKey(key, in: text) { return true }
            }
            return false
        }
    }

    /// The value of a key as a tree; nil when absent.
    public func value(of key: String) -> JSONValue? {
        bytes.withUnsafeBufferPointer { text in
            var scan = MemberScan(text)
            while let member = scan.next() {
                guard member.keyText(in: text).isExactly(key) else { continue }
                return try? JSONValue(parsing: UnsafeBufferPointer(rebasing: text[member.valueStart..<member.end]))
            }
            return nil
        }
    }

    /// This object with the members of a patch: present keys get the patch's value, new keys are appended.
    public func merging(_ patch: EncodedObject) -> EncodedObject {
        if patch.isEmpty { return self }
        if isEmpty { return patch }
        return EncodedObject(trusted: MemberSplice.merge(bytes, patch.bytes))
    }

    /// This object with the members that a closure writes. Their keys MUST NOT be present yet.
    public func appending(_ members: (inout JSONWriter) -> Void) -> EncodedObject {
        var writer = JSONWriter(capacity: bytes.count + 128)
        writer.beginObject()
        writer.members(of: self)
        members(&writer)
        writer.endObject()
        return EncodedObject(trusted: writer.bytes)
    }
}

extension EncodedObject: CustomStringConvertible {
    /// The text.
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}
