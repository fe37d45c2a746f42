import TandemCore

/// What a command says.
public enum CommandBody: Sendable {
    /// The JSON object as it came over a link. A relay forwards these bytes unread.
    case encoded(EncodedObject)
    /// A content of this node that nothing has encoded yet.
    case payload(any CommandPayload)

    /// The JSON object, encoded now if it has not been.
    public var encoded: EncodedObject {
        switch self {
        case .encoded(let object): object
        case .payload(let payload): payload.encoded
        }
    }

    /// Bytes of what came or will go over a link. What stays at this node came in a line whose length was limited.
    var size: Int {
        switch self {
        case .encoded(let object): object.bytes.count
        case .payload: 0
        }
    }
}

extension CommandBody: Hashable {
    /// Bodies are equal when they are the same on the wire.
    public static func == (left: CommandBody, right: CommandBody) -> Bool { left.encoded == right.encoded }
    /// Hashes what crosses the wire.
    public func hash(into hasher: inout Hasher) { hasher.combine(encoded) }
}
