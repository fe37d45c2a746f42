/// The name of a site (`xivoid`, on the wire also `ipbxid`): one PBX installation with its own numbering.
///
/// 1 to 64 bytes; letters, digits, `-`, `_` and `.` only, so that a name is safe in an object id, a certificate, a
/// file name and a log line alike.
public struct SiteID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The name as text, e.g. `paris`.
    public let name: String

    /// Makes a site name, or nil when the text is empty, longer than 64 bytes or holds another character.
    public init?(_ name: some StringProtocol) { self.init(String(name)) }

    /// Makes a site name, or nil when the text is empty, longer than 64 bytes or holds another character. (Not generic:
    /// generic code of another module runs an order of magnitude slower.)
    public init?(_ name: String) {
        guard (1...Limits.siteID).contains(name.utf8.count), name.utf8.allSatisfy(Self.isAllowed) else { return nil }
        self.name = name
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// Sites are ordered by name: the tie-break wherever two choices are equal, so that all nodes choose alike.
    public static func < (left: SiteID, right: SiteID) -> Bool { left.name < right.name }

    /// The name itself.
    public var description: String { name }
}
