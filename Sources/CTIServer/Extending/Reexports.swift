import CTIProtocol

// What a command of one's own is written with; `import CTIServer` is enough for it. A public command names these types in
// declarations of its own and imports CTIProtocol, where they live, too: the compiler asks for it.

/// A field of a message: its key and the JSON type that it must have.
public typealias CTIField = CTIProtocol.CTIField
/// What a field must hold so that a command is meant.
public typealias CTICondition = CTIProtocol.CTICondition
/// The fields of a message, lent while a command reads itself from them.
public typealias CTIFields = CTIProtocol.CTIFields
/// Why a command cannot be made from its fields.
public typealias CTICommandError = CTIProtocol.CTICommandError
