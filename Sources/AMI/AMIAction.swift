import TandemCore

/// One action for the manager: header names are known at compile time and values cannot hold a line break, so whatever
/// text comes from outside stays inside its value.
public struct AMIAction: Hashable, Sendable {
    /// One header.
    struct Header: Hashable, Sendable {
        var name: String
        var value: HeaderText
    }

    /// The action's name, e.g. `Originate`.
    public let name: String
    private(set) var headers: [Header] = []

    /// An action without headers.
    public init(_ name: StaticString) { self.name = name.description }

    /// The action with one more header; headers may repeat (`Variable`).
    public func with(_ name: StaticString, _ value: HeaderText) -> AMIAction {
        var action = self
        action.headers.append(Header(name: name.description, value: value))
        return action
    }

    /// The action with one more header, or unchanged when there is no value.
    public func with(_ name: StaticString, optional value: HeaderText?) -> AMIAction {
        guard let value else { return self }
        return with(name, value)
    }

    /// The action with one more header of a name.
    public func with<Kind>(_ name: StaticString, _ value: PBXName<Kind>) -> AMIAction { with(name, value.header) }

    /// The action with one more header of a name, or unchanged when there is none.
    public func with<Kind>(_ name: StaticString, optional value: PBXName<Kind>?) -> AMIAction {
        with(name, optional: value?.header)
    }

    /// The action with one more header of a text of ours.
    public func with(_ name: StaticString, literal value: StaticString) -> AMIAction {
        with(name, HeaderText(literal: value))
    }

    /// Appends the action as it goes on the wire.
    public func encode(id: HeaderText?, into output: inout [UInt8]) {
        Self.line("Action", name, &output)
        if let id { Self.line("ActionID", id.text, &output) }
        for header in headers { Self.line(header.name, header.value.text, &output) }
        output.append(13)
        output.append(10)
    }

    private static func line(_ name: String, _ value: String, _ output: inout [UInt8]) {
        output.append(contentsOf: name.utf8)
        output.append(58)
        output.append(32)
        output.append(contentsOf: value.utf8)
        output.append(13)
        output.append(10)
    }
}
