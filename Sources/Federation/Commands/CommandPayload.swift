import TandemCore

/// A command's content while it has not left its node: whatever the node's own command type is. It is encoded only when
/// its site is elsewhere; the federation itself never looks into it.
public protocol CommandPayload: Sendable {
    /// The content as it crosses links: one JSON object.
    var encoded: EncodedObject { get }
}
