/// Why a node cannot start.
public struct NodeError: Error, CustomStringConvertible {
    /// What is wrong, where, and what to do.
    public let description: String
    /// Makes an error.
    public init(_ description: String) { self.description = description }
}
