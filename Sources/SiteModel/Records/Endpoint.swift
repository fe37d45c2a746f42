/// Spellings of a device. SIP is the same technology whatever driver of the PBX speaks it.
enum Endpoint {
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

    /// The parts before and behind the first slash.
    static func parts(_ endpoint: String) -> (technology: String, name: String) {
        guard let slash = endpoint.utf8.firstIndex(of: UInt8(ascii: "/")) else { return ("", endpoint) }
        return (String(endpoint[..<slash]), String(endpoint[endpoint.utf8.index(after: slash)...]))
    }

    /// The device of a channel name: the text before the last `-` (`SIP/test-ha-1-0374` → `SIP/test-ha-1`).
    static func ofChannel(_ channel: String) -> String {
        guard let dash = channel.utf8.lastIndex(of: UInt8(ascii: "-")) else { return channel }
        return String(channel[..<dash])
    }

    /// The number of an agent that a queue member stands for: `Agent:1001` watched, or `Agent/1001` dialled.
    static func agentNumber(interface: String, stateInterface: String) -> String? {
        if stateInterface.utf8.starts(with: "Agent:".utf8) { return String(stateInterface.dropFirst(6)) }
        if interface.utf8.starts(with: "Agent/".utf8) { return String(interface.dropFirst(6)) }
        return nil
    }

    /// Number and context of `Local/<number>@<context>` (with or without `/n`), or nil.
    static func local(_ interface: String) -> (number: String, context: String)? {
        guard interface.utf8.starts(with: "Local/".utf8) else { return nil }
        let rest = interface.dropFirst(6)
        guard let at = rest.utf8.firstIndex(of: UInt8(ascii: "@")) else { return (String(rest), "") }
        let context = rest[rest.utf8.index(after: at)...]
        let end = context.utf8.firstIndex(of: UInt8(ascii: "/")) ?? context.endIndex
        return (String(rest[..<at]), String(context[..<end]))
    }
}
