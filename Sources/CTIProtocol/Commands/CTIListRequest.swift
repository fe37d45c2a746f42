import TandemCore

/// A `getlist` request (CTI reference 5.1).
public struct CTIListRequest: Hashable, Sendable {
    /// What is asked.
    public enum Function: String, Hashable, Sendable {
        /// The ids of a list.
        case ids = "listid"
        /// An object's configuration.
        case config = "updateconfig"
        /// An object's status.
        case status = "updatestatus"
    }

    /// What is asked; nil: not a function of this protocol.
    public let function: Function?
    /// The function's name as sent.
    public let functionName: String
    /// The list; nil: not a list of this release.
    public let list: ObjectType?
    /// The list's name as sent.
    public let listName: String
    /// The site as sent; nil: not named, the own one is meant.
    public let siteName: String?
    /// The object's id. There when `function` asks for an object.
    public let id: String?

    /// Reads the request.
    public init(_ fields: CTIFields) throws(CTICommandError) {
        functionName = try fields.string("function")
        listName = try fields.string("listname")
        siteName = try fields.optionalString("tipbxid")
        id = try fields.optionalID("tid")
        function = Function(rawValue: functionName)
        list = ObjectType(listName: listName)
        guard id != nil || function == nil || function == .ids else { throw .missing(["tid"]) }
    }
}
