/// The text of a JSON object, already encoded: compact, valid, ASCII-escaped. One allocation for the whole document,
/// shared by everyone it is sent to.
public struct EncodedObject: Hashable, Sendable {
    /// The text, from `{` to `}`.
    public let bytes: [UInt8]

    /// `{}`.
    public static let empty = EncodedObject(trusted: [UInt8(ascii: "{"), UInt8(ascii: "}")])

    /// Wraps bytes that the caller has validated or written itself. They MUST be one compact JSON object.
    public init(trusted bytes: [UInt8]) { self.bytes = bytes }

    /// Whether the object has no members.
    public var isEmpty: Bool { bytes.count <= 2 }
}
