import TandemCore

/// The frames of a link, one JSON object per line. Fields, examples and meaning: docs/rcti.md.
///
/// `hello`, `refused`, `bye` and the stamps of `heartbeat` belong to the link itself; everything else is a message
/// between neighbours and may travel over another transport (`NeighbourMessage`).
package enum Frame: Hashable, Sendable {
    /// The greeting.
    case hello(HelloFrame)
    /// The sender is about to close, and why.
    case refused(reason: String)
    /// Sign of life, with news of beats.
    case heartbeat(HeartbeatFrame)
    /// What a node says about its links.
    case linkState(LinkStateAdvertisement)
    /// Asks for a site's changes, or acknowledges them.
    case pull(PullFrame)
    /// No more changes of this site, please.
    case unpull(SiteID)
    /// Changes of a site.
    case changes(ChangesFrame)
    /// A part of a site's whole state.
    case snapshot(SnapshotFrame)
    /// The digest of the sender's copy.
    case digest(DigestFrame)
    /// A command on its way.
    case command(CommandFrame)
    /// A line for a command's submitter.
    case progress(ProgressFrame)
    /// The answer to a command.
    case answer(AnswerFrame)
    /// The sender closes soon; answers still pass.
    case bye(reason: String)
    /// A class that this version does not know: skipped, so that later minor versions can add some.
    case other(String)
}
