import TandemCore

/// Changes `from...to` of a site's log.
package struct ChangesFrame: Hashable, Sendable {
    enum Item: Hashable, Sendable {
        /// One change, with its element as it stood in the frame.
        case change(ObjectChange, encoded: [UInt8])
        /// This many changes are not for the receiver.
        case hole(UInt64)
    }
    var site: SiteID
    var pull: UInt64
    var incarnation: UInt64
    var from: UInt64
    var to: UInt64
    var list: [Item]
}
