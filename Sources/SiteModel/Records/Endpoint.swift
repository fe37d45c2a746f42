/// Spellings of a device. SIP is the same technology whatever driver of the PBX speaks it.
public enum Endpoint {
    /// `PJSIP/101` and `sip/101` → `sip/101`; the name keeps its case.
    static func folded(_ endpoint: String) -> String {
        guard let slash = endpoint.utf8.firstIndex(of: UInt8(ascii: "/")) else { return endpoint }
        return protocolName(endpoint[..<slash]) + endpoint[slash...]
    }

    /// The protocol name of the CTI lists: `sip` for both SIP drivers, else the technology in lower case.
    static func protocolName(_ technology: some StringProtocol) -> String {
        let lower = technology.lowercased()
        return lower == "pjsip" ? "sip" : lower
    }

    /// The parts before and behind the first slash of `PJSIP/101`; without a slash all of it is the name.
    public static func parts(_ endpoint: String) -> (technology: String, name: String) {
        guard let slash = endpoint.utf8.firstIndex(of: UInt8(ascii: "/")) else { return ("", endpoint) }
        return (String(endpoint[..<slash]), String(endpoint[endpoint.utf8.index(after: slash)...]))
    }
}
