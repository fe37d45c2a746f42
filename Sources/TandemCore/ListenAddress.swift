/// A host and a TCP or UDP port, written `host:port`; an IPv6 address stands in brackets.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// A host name or an address, without brackets.
    public var host: String
    /// The port; 0 when listening: any free port.
    public var port: Int

    /// Makes an address.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port` or `[v6]:port`; nil when it is neither, or the port is not 0 to 65535.
    public init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, host.utf8.count <= Limits.hostName, host.utf8.allSatisfy(Self.isHostByte),
            digits.utf8.count <= 5,
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits), port <= 65_535
        else { return nil }
        self.host = String(host)
        self.port = port
    }

    /// Whether a text may be a host: letters, digits, `.`, `-`, `_`, `:` and `%`.
    public static func isHost(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= Limits.hostName && text.utf8.allSatisfy(isHostByte)
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: ":"), UInt8(ascii: "%"):
            true
        default: false
        }
    }

    /// Whether it means all addresses of the machine.
    public var isWildcard: Bool { ["0.0.0.0", "::", "*"].contains(host) }
    /// Whether only this machine can reach it.
    public var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
    /// `host:port`.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
