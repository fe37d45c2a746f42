import TandemCore

/// A part of a site's whole state at one position.
package struct SnapshotFrame: Hashable, Sendable {
    struct Object: Hashable, Sendable {
        var key: ObjectKey
        var config: EncodedObject
        var status: EncodedObject
    }
    var site: SiteID
    var pull: UInt64
    var incarnation: UInt64
    var sequence: UInt64
    var chunk: Int
    var isLast: Bool
    var objects: [Object]
}
