import PBX
import SiteModel
import TandemCore

/// How Asterisk spells whom it can call: `TECHNOLOGY/NAME`, `Local/NUMBER@CONTEXT`, and for agents of `app_agent_pool` a
/// number in the context `agents`, watched as the device `Agent:NUMBER`.
enum DialString {
    private static let local = "Local/"
    private static let agentContext = "agents"
    private static let agentDevice = "Agent:"
    /// `chan_agent`, before Asterisk 12.
    private static let agentChannel = "Agent/"

    // MARK: Reading

    /// Whom a queue calls for a member, from what it dials and what it watches (may be empty).
    static func target(ofMember interface: String, watching watched: String) -> QueueMemberTarget {
        if watched.utf8.starts(with: agentDevice.utf8) { return .agent(String(watched.dropFirst(agentDevice.count))) }
        if interface.utf8.starts(with: agentChannel.utf8) {
            return .agent(String(interface.dropFirst(agentChannel.count)))
        }
        let other = watched.isEmpty || watched == interface ? nil : watched
        guard interface.utf8.starts(with: local.utf8) else { return .device(interface, watching: other) }
        let rest = interface.dropFirst(local.count)
        let place = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)[0]
        let at = place.firstIndex(of: "@")
        return .number(
            String(at.map { place[..<$0] } ?? place), context: at.map { String(place[$0...].dropFirst()) } ?? "",
            watching: other)
    }

    /// The other half of a Local channel (`…;1` and `…;2`, a comma before Asterisk 10); nil: the channel is none.
    static func otherHalf(ofChannel name: String) -> String? {
        guard name.utf8.starts(with: local.utf8) else { return nil }
        return switch name.utf8.last {
        case UInt8(ascii: "1"): name.dropLast() + "2"
        case UInt8(ascii: "2"): name.dropLast() + "1"
        default: nil
        }
    }

    // MARK: Writing

    /// What `Originate` calls.
    static func dialled(_ party: CallParty) -> HeaderText? {
        switch party {
        case .device(let name): name.header
        case .number(let number, let context): HeaderText("\(local)\(number)@\(context)")
        }
    }

    /// The member of a queue as `QueueAdd` wants it: what is dialled, and what is watched if it is not that.
    /// - Parameter known: how the agent is a member elsewhere.
    static func member(
        _ name: QueueMemberName, known: (_ agent: String) -> AsteriskInterpreter.AgentMember?
    ) -> (interface: HeaderText, watched: HeaderText?)? {
        switch name {
        case .told(let interface): return (interface.header, nil)
        case .party(.device(let device)): return (device.header, nil)
        case .party(.number(let number, let context)):
            // Without optimization: the member's calls stay under the name that the queue dialled.
            return HeaderText("\(local)\(number)@\(context)/n").map { ($0, nil) }
        case .agent(let number):
            let way =
                known(number.text)
                ?? .init(interface: "\(local)\(number)@\(agentContext)", watched: "\(agentDevice)\(number)")
            return HeaderText(way.interface).map { ($0, way.watched.isEmpty ? nil : HeaderText(way.watched)) }
        }
    }
}
