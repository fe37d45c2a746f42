import TandemCore

/// A field of a message class: its key and the JSON type that it must have.
public struct CTIField: Hashable, Sendable {
    /// The JSON types that a field may be asked to have.
    public enum Kind: String, Hashable, Sendable {
        /// Any value, `null` included.
        case any
        /// A string.
        case string
        /// A string or a whole number: ids come as either.
        case id
        /// A whole number within 64 bits.
        case integer
        /// Any number.
        case number
        /// `true` or `false`; 1 and 0 count as well, as in the original.
        case bool
        /// An object.
        case object
        /// An array.
        case array
        /// A user of a site: `<ipbxid>/<id>`, or the two as an array.
        case person
    }

    /// The key.
    public let name: String
    /// The type.
    public let kind: Kind

    /// Names a field.
    public init(_ name: String, _ kind: Kind = .string) {
        self.name = name
        self.kind = kind
    }

    /// Whether a value has the field's type.
    public func accepts(_ value: JSONView) -> Bool {
        switch kind {
        case .any: true
        case .string: value.kind == .string
        case .id: value.kind == .string || value.isWholeNumber
        case .integer: value.integer != nil
        case .number: value.kind == .number
        case .bool: value.kind == .bool || value.integer == 0 || value.integer == 1
        case .object: value.kind == .object
        case .array: value.kind == .array
        case .person: value.kind == .string || (value.kind == .array && value.count == 2)
        }
    }
}

/// What a field must hold so that a command is meant: several commands may share a class and differ by conditions.
public struct CTICondition: Hashable, Sendable {
    /// The field.
    public let field: String
    /// The values that are meant.
    public let values: [JSONValue]

    /// The field holds exactly this value, e.g. `CTICondition("function", is: "updateconfig")`.
    public init(_ field: String, is value: JSONValue) {
        self.field = field
        values = [value]
    }

    /// The field holds one of these values.
    public init(_ field: String, isOneOf values: [JSONValue]) {
        self.field = field
        self.values = values
    }

    /// Whether the fields meet the condition.
    public func holds(for fields: CTIFields) -> Bool {
        guard let value = fields[field] else { return false }
        return values.contains(value)
    }
}
