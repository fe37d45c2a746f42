import TandemCore

/// A line of a client, read as far as everyone needs it; the rest is read from the tape when it is asked for.
///
/// A request borrows the received bytes: it MUST NOT leave the closure of `CTILineReader.read`.
public struct CTIRequest {
    /// What stands in `class`.
    public enum Name: Hashable, Sendable {
        /// Nothing, or `null`.
        case absent
        /// Something that is no string.
        case notText
        /// A class of this release.
        case known(CTIClass)
        /// Another text: a class that somebody registered, or nobody's.
        case other(String)
    }

    /// The class.
    public let name: Name
    /// All fields.
    public let fields: CTIFields
    private let commandID: JSONView?

    init(_ view: JSONView, _ fields: CTIFields) {
        self.fields = fields
        commandID = view.member("commandid")
        guard let found = view.member("class"), !found.isNull else {
            name = .absent
            return
        }
        if let known = CTIClass(found) {
            name = .known(known)
        } else {
            name = found.string.map { .other($0) } ?? .notText
        }
    }

    /// The class of this release; nil when there is none or another one.
    public var messageClass: CTIClass? { if case .known(let known) = name { known } else { nil } }

    /// The `commandid` that the reply repeats as `replyid`, with its JSON type; nil when there is nothing to repeat:
    /// absent, `null`, 0, empty, false, or longer than `Limits.commandID` bytes (CTI reference 3.1).
    public var replyID: JSONValue? {
        guard let id = commandID else { return nil }
        switch id.kind {
        case .null: return nil
        case .bool: return id.bool == true ? .some(.bool(true)) : .none
        case .number:
            if let number = id.integer { return number == 0 ? nil : .integer(number) }
            if id.double == 0 { return nil }
        case .string, .array, .object:
            if id.kind == .string ? id.rawRange.count == 2 : id.count == 0 { return nil }
        }
        // Not a conditional expression: `nil` beside a `JSONValue` would mean JSON's `null`.
        guard id.rawRange.count <= Limits.commandID else { return nil }
        return id.value
    }
}
