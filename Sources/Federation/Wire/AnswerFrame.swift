import TandemCore

/// The answer to a command.
package struct AnswerFrame: Hashable, Sendable {
    var key: IdempotencyKey
    /// The submitting site.
    var to: SiteID
    /// Relays that it may still pass without a trace of the command.
    var hops: Int
    var answer: CommandAnswer
}
