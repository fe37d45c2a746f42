/// What counts as one address when something is shared out between addresses: an IPv4 address, or the first 64 bits of
/// an IPv6 one, which are one subscriber's: whoever has one of those addresses has all of them.
public struct AddressShare: Hashable, Sendable, CustomStringConvertible {
    /// `192.0.2.1`, or `2001:db8:0:0::/64`.
    public let description: String

    /// Reads an address as sockets show it; any other text stands for itself.
    public init(_ address: String) {
        guard address.utf8.contains(UInt8(ascii: ":")) else {
            description = address
            return
        }
        let groups = address.split(separator: ":", omittingEmptySubsequences: false)
        // An IPv4 address in the clothes of IPv6 (`::ffff:192.0.2.1`) is that address.
        if let last = groups.last, last.utf8.contains(UInt8(ascii: ".")) {
            description = String(last)
            return
        }
        // `::` stands for as many zeros as are missing.
        let gap = groups.indices.dropFirst().first { groups[$0].isEmpty }
        var head = groups[..<(gap ?? groups.endIndex)].map { Self.plain($0) }
        if let gap, head.count < 4 {
            let tail = groups[(gap + 1)...].filter { !$0.isEmpty }.map { Self.plain($0) }
            head += Array(repeating: "0", count: max(0, 8 - head.count - tail.count)) + tail
        }
        description = head.prefix(4).joined(separator: ":") + "::/64"
    }

    /// A group without leading zeros, in small letters.
    private static func plain(_ group: Substring) -> String {
        let digits = group.drop { $0 == "0" }
        return digits.isEmpty ? "0" : digits.lowercased()
    }
}
