import TandemCore

/// A command on its way.
package struct CommandFrame: Hashable, Sendable {
    var request: CommandRequest
    /// The nodes that it has passed, the submitter first.
    var hops: [SiteID]
}
