import CTIProtocol

/// A command that a client may send: a class of message with the fields that it needs.
///
/// To add one to a node, write a type that conforms, register it with the node's `CTICommandRegistry` and register a
/// handler for it; nothing else has to be touched. Its class must stand in the `regcommands` of the profiles that may
/// send it. `docs/extending.md` walks through an example.
public protocol CTICommand {
    /// The `class` of the message, e.g. `chitchat`.
    static var commandClass: String { get }
    /// Fields that must be there, with their JSON types. They are checked before `init` runs.
    static var requiredFields: [CTIField] { get }
    /// Fields that may be there; their types are checked where they are there and not `null`.
    static var optionalFields: [CTIField] { get }
    /// What tells this command from others of the same class; none: every message of the class is meant.
    static var conditions: [CTICondition] { get }
    /// Reads the command from the fields, which have passed the checks above. The fields are lent: take values out.
    init(_ fields: CTIFields) throws(CTICommandError)
    /// The same for a command whose meaning depends on who sends it. By default, the connection is not asked.
    init(_ fields: CTIFields, from connection: CTIConnection) throws(CTICommandError)
}

extension CTICommand {
    /// No field is required.
    public static var requiredFields: [CTIField] { [] }
    /// No further field is known.
    public static var optionalFields: [CTIField] { [] }
    /// Every message of the class is meant.
    public static var conditions: [CTICondition] { [] }
    /// Reads the command from its fields alone.
    public init(_ fields: CTIFields, from connection: CTIConnection) throws(CTICommandError) { try self.init(fields) }

    /// Reads a command from a line as a client would send it, with all checks. For tests of a command.
    ///
    /// - Throws: `JSONError` or `CTICommandError`.
    public static func read(_ line: String) throws -> Self {
        let outcome = try CTILineReader().read(Array(line.utf8)) { request -> Result<Self, CTICommandError> in
            do throws(CTICommandError) {
                try request.fields.require(requiredFields, optional: optionalFields)
                return .success(try Self(request.fields))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}

/// A command of the protocol itself: class and fields are those of its row in the table.
protocol BuiltInCommand: CTICommand {
    static var messageClass: CTIClass { get }
}

extension BuiltInCommand {
    static var commandClass: String { messageClass.rawValue }
    static var requiredFields: [CTIField] { messageClass.entry.required }
    static var optionalFields: [CTIField] { messageClass.entry.optional }
}
