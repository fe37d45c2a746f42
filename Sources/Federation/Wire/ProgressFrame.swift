import TandemCore

/// A line for the submitter before the answer.
package struct ProgressFrame: Hashable, Sendable {
    var key: IdempotencyKey
    /// The submitting site.
    var to: SiteID
    /// Relays that it may still pass without a trace of the command.
    var hops: Int
    /// Counts from 0.
    var number: Int
    var body: EncodedObject
}
