import TandemCore

/// Someone who waits for a command's answer.
struct CommandWaiter: Sendable {
    enum Kind: Hashable, Sendable {
        /// A submitter at this node.
        case local(CommandToken)
        /// A neighbour that passed the command on to us, and the submitting site behind it.
        case peer(SiteID, submitter: SiteID)
    }
    let kind: Kind
    let deadline: Instant
}
