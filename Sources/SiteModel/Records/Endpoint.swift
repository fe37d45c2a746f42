/// Spellings of a device: `PJSIP/101`.
public enum Endpoint {
    /// The parts before and behind the first slash; without a slash all of it is the name.
    public static func parts(_ endpoint: String) -> (technology: String, name: String) {
        guard let slash = endpoint.utf8.firstIndex(of: UInt8(ascii: "/")) else { return ("", endpoint) }
        return (String(endpoint[..<slash]), String(endpoint[endpoint.utf8.index(after: slash)...]))
    }
}

/// Protocols by the technologies that a PBX has for them: two drivers of a PBX for one protocol are the same to people.
public struct ProtocolNames: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    private var protocols: [String: String] = [:]

    /// Technologies, in lower case, whose protocol has another name; of every other one the technology is the protocol.
    public init(dictionaryLiteral elements: (String, String)...) {
        for (technology, name) in elements { protocols[technology] = name }
    }

    /// The protocol as the CTI lists name it, in lower case.
    func name(of technology: some StringProtocol) -> String {
        let lower = technology.lowercased()
        return protocols[lower] ?? lower
    }

    /// The protocol of a device.
    func name(ofEndpoint endpoint: String) -> String { name(of: Endpoint.parts(endpoint).technology) }

    /// A device with its protocol in place of its technology; the name keeps its case.
    func folded(_ endpoint: String) -> String {
        guard let slash = endpoint.utf8.firstIndex(of: UInt8(ascii: "/")) else { return endpoint }
        return name(of: endpoint[..<slash]) + endpoint[slash...]
    }
}
