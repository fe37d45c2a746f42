import TandemCore

/// What was heard of a site's clock: its beat, the position of its log at that beat, and the moment of ours that the
/// beat is certainly not older than.
struct Beat: Hashable, Sendable {
    let incarnation: UInt64
    let number: UInt64
    let sequence: UInt64
    let provenAt: Instant
}
