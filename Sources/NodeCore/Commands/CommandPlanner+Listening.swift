import CTIProtocol
import PBX
import TandemCore

// Listening to a call.
extension CommandPlanner {
    func listen() -> CommandPlan {
        // Listening ends when the listener hangs up: stop does nothing (CTI reference 4.22).
        if command.text(.subcommand) == "stop" { return .answer(.done(EncodedObject(["ipbxreply": .null]))) }
        guard case .object(let id)? = command.address(.destination), id.site == site,
            let heard = heardChannel(id.key)
        else { return .refuse("there is no call to listen to", reply: "destination") }
        guard let listener = resolver.source(command.address(.listener)) else {
            return .refuse("the listener has no phone at \(site)", reply: "source")
        }
        return .actions([.listen(listener: listener.party, channel: heard)], result: [:])
    }

    /// The channel in which an agent, a phone or a user of this site is to be heard.
    private func heardChannel(_ key: ObjectKey) -> ChannelName? {
        let name: String? =
            switch key.type {
            case .channel: node.model.channel(key.id)?.name
            case .phone: node.model.channels(ofPhone: key.id).first
            case .user: node.model.activeChannel(ofUser: key.id)?.name
            case .agent: resolver.node.object(ObjectID(site, key))?.status.value(of: "channel")?.stringValue
            case .queue, .queueMember, .group, .voicemail, .meetme, .trunk, .parking, .site: nil
            }
        return name.flatMap { ChannelName($0) }
    }
}
