import TandemCore

/// The members of a command's JSON object, for a command to read itself from.
public struct CTIFields: Sendable {
    /// All members, as received.
    public let object: JSONObject

    /// Wraps the members of an object.
    public init(_ object: JSONObject) { self.object = object }

    /// The value of a field, nil when absent.
    public subscript(name: String) -> JSONValue? { object[name] }

    /// Whether a field is there and not `null`.
    public func has(_ name: String) -> Bool { object[name].map { !$0.isNull } ?? false }

    /// Checks that fields are there and have their types: all absent ones are named at once, in the order given.
    public func require(_ required: [CTIField]) throws(CTICommandError) {
        var missing: [String] = []
        var wrong: String?
        for field in required {
            guard let value = object[field.name] else {
                missing.append(field.name)
                continue
            }
            if wrong == nil, !field.accepts(value) { wrong = field.name }
        }
        guard missing.isEmpty else { throw .missing(missing) }
        if let wrong { throw .wrongType(wrong) }
    }

    private func required(_ name: String) throws(CTICommandError) -> JSONValue {
        guard let value = object[name] else { throw .missing([name]) }
        return value
    }

    /// A string that must be there.
    public func string(_ name: String) throws(CTICommandError) -> String {
        guard let text = try required(name).stringValue else { throw .wrongType(name) }
        return text
    }

    /// An id that must be there: a string, or a whole number as its digits.
    public func id(_ name: String) throws(CTICommandError) -> String {
        guard let text = try required(name).idText else { throw .wrongType(name) }
        return text
    }

    /// A whole number that must be there.
    public func integer(_ name: String) throws(CTICommandError) -> Int64 {
        guard let number = try required(name).integerValue else { throw .wrongType(name) }
        return number
    }

    /// A flag that must be there; 1 and 0 count.
    public func bool(_ name: String) throws(CTICommandError) -> Bool {
        switch try required(name) {
        case .bool(let flag): return flag
        case .integer(0): return false
        case .integer(1): return true
        default: throw .wrongType(name)
        }
    }

    /// An object that must be there.
    public func object(_ name: String) throws(CTICommandError) -> JSONObject {
        guard let object = try required(name).objectValue else { throw .wrongType(name) }
        return object
    }

    /// An array that must be there.
    public func array(_ name: String) throws(CTICommandError) -> [JSONValue] {
        guard let array = try required(name).arrayValue else { throw .wrongType(name) }
        return array
    }

    /// A string that may be absent or `null`.
    public func optionalString(_ name: String) throws(CTICommandError) -> String? {
        has(name) ? try string(name) : nil
    }

    /// An id that may be absent or `null`.
    public func optionalID(_ name: String) throws(CTICommandError) -> String? {
        has(name) ? try id(name) : nil
    }
}
