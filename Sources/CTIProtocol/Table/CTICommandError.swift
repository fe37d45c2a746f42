/// Why a command cannot be made from its fields. Each becomes a `warning_string`; the connection stays open.
public enum CTICommandError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Required fields are absent: `missing:to,text`.
    case missing([String])
    /// A field has another JSON type than it must have: `wrong_type:text`.
    case wrongType(String)
    /// A field holds a value that cannot be used: `invalid:to`.
    case invalid(String)

    /// The `warning_string`.
    public var description: String {
        switch self {
        case .missing(let fields): "missing:" + fields.joined(separator: ",")
        case .wrongType(let field): "wrong_type:" + field
        case .invalid(let field): "invalid:" + field
        }
    }
}
