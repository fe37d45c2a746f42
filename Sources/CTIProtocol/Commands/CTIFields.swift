import TandemCore

/// The fields of a message, for a command to read itself from, straight from the received line.
///
/// They are lent: once the command has been made, they read as if nothing had been sent. What a command needs later it
/// takes out as a value.
public struct CTIFields {
    private let reader: CTILineReader
    private let line: UInt64

    init(_ reader: CTILineReader, line: UInt64) {
        self.reader = reader
        self.line = line
    }

    /// The whole message while it is lent.
    var view: JSONView? { reader.view(ofLine: line) }

    /// A field while it is lent; nil when absent. The view MUST NOT be kept.
    func view(_ name: String) -> JSONView? { view?.member(name) }

    /// What an `ipbxcommand` asks for; nil when it says nothing or nothing that is known.
    public var verb: CTIVerb? { view("command").flatMap { CTIVerb($0) } }

    /// The value of a field, nil when absent. Strings and numbers are cheaper through the functions below.
    public subscript(name: String) -> JSONValue? { view(name)?.value }

    /// All fields as a tree, for a command that passes everything on.
    public var object: JSONObject { view?.object ?? JSONObject() }

    /// Whether a field is there and not `null`.
    public func has(_ name: String) -> Bool { view(name).map { !$0.isNull } ?? false }

    /// Checks that fields are there and have their types: all absent ones are named at once, in the order given. Further
    /// fields are checked where they are there and not `null`.
    public func require(_ required: [CTIField], optional: [CTIField] = []) throws(CTICommandError) {
        var missing: [String] = []
        var wrong: String?
        for field in required {
            guard let value = view(field.name) else {
                missing.append(field.name)
                continue
            }
            if wrong == nil, !field.accepts(value) { wrong = field.name }
        }
        guard missing.isEmpty else { throw .missing(missing) }
        if let wrong { throw .wrongType(wrong) }
        for field in optional where field.kind != .any {
            if let value = view(field.name), !value.isNull, !field.accepts(value) { throw .wrongType(field.name) }
        }
    }

    private func required(_ name: String) throws(CTICommandError) -> JSONView {
        guard let value = view(name) else { throw .missing([name]) }
        return value
    }

    /// A string that must be there.
    public func string(_ name: String) throws(CTICommandError) -> String {
        guard let text = try required(name).string else { throw .wrongType(name) }
        return text
    }

    /// An id that must be there: a string, or a whole number as its digits.
    public func id(_ name: String) throws(CTICommandError) -> String {
        guard let text = try required(name).idText else { throw .wrongType(name) }
        return text
    }

    /// A whole number that must be there.
    public func integer(_ name: String) throws(CTICommandError) -> Int64 {
        guard let number = try required(name).integer else { throw .wrongType(name) }
        return number
    }

    /// A flag that must be there; 1 and 0 count.
    public func bool(_ name: String) throws(CTICommandError) -> Bool {
        let value = try required(name)
        if let flag = value.bool { return flag }
        switch value.integer {
        case 0?: return false
        case 1?: return true
        default: throw .wrongType(name)
        }
    }

    /// An object that must be there.
    public func object(_ name: String) throws(CTICommandError) -> JSONObject {
        guard let object = try required(name).object else { throw .wrongType(name) }
        return object
    }

    /// An array that must be there.
    public func array(_ name: String) throws(CTICommandError) -> [JSONValue] {
        guard let array = try required(name).value.arrayValue else { throw .wrongType(name) }
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
