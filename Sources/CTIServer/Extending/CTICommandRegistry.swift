import CTIProtocol

/// The commands that a CTI server understands, and who handles them. Lives on the node's loop; fill it before the
/// first client comes, or at any later time.
public final class CTICommandRegistry {
    /// A handler of one kind of command.
    public typealias Handler<Command: CTICommand> = (Command, CTIConnection) -> CTIHandlerResult

    private final class Handlers<Command: CTICommand> {
        var list: [Handler<Command>] = []
    }

    /// A command type with its name erased.
    final class Entry {
        let requiredFields: [CTIField]
        let optionalFields: [CTIField]
        let conditions: [CTICondition]
        let run: (CTIFields, CTIConnection) throws(CTICommandError) -> CTIHandlerResult

        init<Command: CTICommand>(
            _ command: Command.Type,
            _ run: @escaping (CTIFields, CTIConnection) throws(CTICommandError) -> CTIHandlerResult
        ) {
            requiredFields = command.requiredFields
            optionalFields = command.optionalFields
            conditions = command.conditions
            self.run = run
        }
    }

    private var entriesByClass: [String: [Entry]] = [:]
    private var handlersByType: [ObjectIdentifier: AnyObject] = [:]

    /// A registry without commands.
    public init() {}

    /// A registry with the commands of the protocol.
    public static func standard() -> CTICommandRegistry {
        let registry = CTICommandRegistry()
        BuiltInCommands.register(in: registry)
        return registry
    }

    /// The registered classes, sorted.
    public var classes: [String] { entriesByClass.keys.sorted() }

    /// Makes a command known. Several commands may share a class and differ by their conditions; when more than one
    /// is meant, they run in the order of registration. Registering a command again changes nothing.
    public func register<Command: CTICommand>(_ command: Command.Type) { _ = handlers(of: command) }

    /// Adds a handler for a command. The handlers of a command run in the order of registration until one returns
    /// something. A command that was not registered is registered by this.
    public func registerHandler<Command: CTICommand>(
        for command: Command.Type, _ handler: @escaping Handler<Command>
    ) {
        handlers(of: command).list.append(handler)
    }

    private func handlers<Command: CTICommand>(of command: Command.Type) -> Handlers<Command> {
        if let known = handlersByType[ObjectIdentifier(command)] as? Handlers<Command> { return known }
        let handlers = Handlers<Command>()
        handlersByType[ObjectIdentifier(command)] = handlers
        let entry = Entry(command) { (fields, connection) throws(CTICommandError) in
            let message = try Command(fields, from: connection)
            for handler in handlers.list {
                let result = handler(message, connection)
                if case .none = result { continue }
                return result
            }
            return .none
        }
        entriesByClass[Command.commandClass, default: []].append(entry)
        return handlers
    }

    /// The commands of a class, whatever their conditions; nil: nobody registered the class.
    func entries(of commandClass: String) -> [Entry]? { entriesByClass[commandClass] }

    /// Whether clients can be told that they may send a class: somebody answers it.
    func serves(_ commandClass: String) -> Bool {
        let row = CTIClass(rawValue: commandClass)?.entry
        if let row, row.isLoginStep || !row.isFromClient { return row.isLoginStep }
        return entriesByClass[commandClass] != nil
    }
}
