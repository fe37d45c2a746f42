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
    /// What tells this command from others of the same class; none: every message of the class is meant.
    static var conditions: [CTICondition] { get }
    /// Reads the command from the fields, which have passed `requiredFields` and `conditions`.
    init(_ fields: CTIFields) throws(CTICommandError)
}

extension CTICommand {
    /// No field is required.
    public static var requiredFields: [CTIField] { [] }
    /// Every message of the class is meant.
    public static var conditions: [CTICondition] { [] }
}
