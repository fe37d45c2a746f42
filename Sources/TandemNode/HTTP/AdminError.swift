/// Why a node could not be asked.
public struct AdminError: Error, CustomStringConvertible {
    /// What happened and what to do.
    public let description: String
}
