import CTIProtocol
import PBX
import SiteModel
import TandemCore

// Agents, queues, rooms and the rest.
extension CommandPlanner {
    // MARK: Agents

    private var agentNumber: Extension? {
        guard case .object(let id)? = command.address(.agentIDs), id.site == site else { return nil }
        return node.model.agent(id.key.id).flatMap { Extension($0.number) }
    }

    func agentLogin() -> CommandPlan {
        guard let agent = agentNumber else { return .refuse("there is no such agent at \(site)", reply: "noaction") }
        let own = resolver.ownUser.flatMap { node.model.mainPhone(ofUser: $0) }.flatMap { node.model.phone($0)?.number }
        guard let number = command.number(.agentPhoneNumber) ?? own.flatMap({ Extension($0) }),
            let context = HeaderText(resolver.ownContext)
        else { return .refuse("agent_login_invalid_exten", reply: "source") }
        return .actions([.agentLogin(agent: agent, extension: number, context: context)], result: [:])
    }

    func agentLogout() -> CommandPlan {
        guard let agent = agentNumber else { return .refuse("there is no such agent at \(site)", reply: "noaction") }
        return .actions([.agentLogoff(agent: agent)], result: [:])
    }

    // MARK: Queues

    /// A member and the queues of this site that are meant.
    private struct Membership {
        let member: ObjectID
        /// How the member is called in a queue in which it is not yet.
        let name: QueueMemberName
        /// The name that people see.
        let shownName: HeaderText?
        /// The named queue, or all in which the member is; with the PBX's name of the member there.
        let queues: [(queue: HeaderText, member: QueueMemberName)]
        /// Whether all queues are meant.
        let isEverywhere: Bool
    }

    private func withMembership(_ body: (Membership) -> CommandPlan) -> CommandPlan {
        guard case .object(let named)? = command.address(.member) else {
            return .refuse("the member is missing or no agent, phone or user", reply: "member")
        }
        var member = named
        // Queues know devices: a user of this site is in a queue with the main phone.
        if named.site == site, named.key.type == .user {
            guard let phone = node.model.mainPhone(ofUser: named.key.id) else {
                return .refuse("user \(named.key.id) has no phone at \(site)", reply: "member")
            }
            member = ObjectID(.phone, site, phone)
        }
        let queue: HeaderText?
        switch command.address(.queue) {
        case .all(_, let home)? where home == site: queue = nil
        case .object(let id)? where id.site == site:
            let name = id.key.type == .group ? node.model.groupName(id.key.id) : node.model.queueName(id.key.id)
            guard let name, let header = HeaderText(name) else {
                return .refuse("there is no queue \(shown(.queue))", reply: "queue")
            }
            queue = header
        default: return .refuse("the queue is missing or not of \(site)", reply: "queue")
        }
        guard let found = queueMember(member) else {
            return .refuse("\(member) is nobody whom \(site)'s queues can call", reply: "member")
        }
        let known = memberships(of: member)
        let queues: [(queue: HeaderText, member: QueueMemberName)]
        if let queue {
            let told = known.first { $0.queue == queue.text }.flatMap { HeaderText($0.interface) }
            queues = [(queue, told.map { .told($0) } ?? found.name)]
        } else {
            queues = known.compactMap { fact in
                guard let queue = HeaderText(fact.queue), let told = HeaderText(fact.interface) else { return nil }
                return (queue, .told(told))
            }
        }
        return body(
            Membership(
                member: member, name: found.name, shownName: HeaderText(found.shownName), queues: queues,
                isEverywhere: queue == nil))
    }

    func queueAdd() -> CommandPlan {
        withMembership { found in
            guard !found.isEverywhere else {
                return .refuse("a member is added to one queue at a time", reply: "queue")
            }
            return .actions(
                found.queues.map {
                    .queueAdd(
                        queue: $0.queue, member: found.name, shownName: found.shownName,
                        penalty: command.integer(.penalty) ?? 0, paused: command.flag(.paused) ?? false)
                }, result: [:])
        }
    }

    func queueRemove() -> CommandPlan {
        withMembership { found in
            guard !found.queues.isEmpty else { return .refuse("\(found.member) is in no queue", reply: "noaction") }
            return .actions(found.queues.map { .queueRemove(queue: $0.queue, member: $0.member) }, result: [:])
        }
    }

    func queuePause(_ paused: Bool) -> CommandPlan {
        withMembership { found in
            let reason = command.text(.reason).flatMap { HeaderText($0) }
            var wanted: [(queue: HeaderText?, member: QueueMemberName)] = found.queues.map { ($0.queue, $0.member) }
            // A member of one name everywhere is paused in one go, so that no queue calls it in between; of one that is
            // in no queue here the PBX may know more.
            let names = Set(found.queues.map(\.member))
            if found.isEverywhere, names.count <= 1 { wanted = [(nil, names.first ?? found.name)] }
            return .actions(
                wanted.map { .queuePause(queue: $0.queue, member: $0.member, paused: paused, reason: reason) },
                result: [:])
        }
    }

    /// The memberships of a member in queues of this site. One of another site is no phone or agent of ours, whatever
    /// its id.
    private func memberships(of member: ObjectID) -> [QueueMemberFact] {
        member.site == site ? node.model.memberships(of: member.key) : []
    }

    /// Whom a queue of this site calls to reach a member; a member of another site is reached through the trunk.
    private func queueMember(_ member: ObjectID) -> (name: QueueMemberName, shownName: String)? {
        guard member.site == site else {
            guard member.key.type == .phone || member.key.type == .user,
                let target = resolver.target(member, context: node.model.configuration.context)
            else { return nil }
            return (
                .party(.number(target.number, context: target.context)),
                target.name.isEmpty ? target.number.text : target.name
            )
        }
        guard let shownName = node.model.memberName(of: member.key) else { return nil }
        let name: QueueMemberName? =
            switch member.key.type {
            case .agent: node.model.agent(member.key.id).flatMap { Extension($0.number) }.map { .agent($0) }
            case .phone:
                node.model.endpoint(ofPhone: member.key.id).flatMap { HeaderText($0) }.map { .party(.device($0)) }
            default: nil
            }
        return name.map { ($0, shownName) }
    }

    // MARK: Rooms

    func meetme() -> CommandPlan {
        guard let function = command.text(.function), let named = command.room(.functionArguments) else {
            return .refuse("function and functionargs are needed", reply: "noaction")
        }
        guard let room = node.model.room(named.id), let header = HeaderText(room.number) else {
            return .refuse("there is no room \(named.text) at \(site)", reply: "noaction")
        }
        guard let seat = named.rest.first.flatMap({ Int($0) }), let channel = node.model.roomMember(room.id, seat),
            let member = HeaderText(channel)
        else {
            return .refuse("nobody has seat \(named.rest.first ?? "") in room \(room.number)", reply: "noaction")
        }
        switch function {
        case "MeetmeMute": return .actions([.roomMute(room: header, channel: member, muted: true)], result: [:])
        case "MeetmeUnmute": return .actions([.roomMute(room: header, channel: member, muted: false)], result: [:])
        case "MeetmeKick": return .actions([.roomKick(room: header, channel: member)], result: [:])
        default: return .refuse("the PBX has no function \(function)", reply: "noaction")
        }
    }

    // MARK: Listening, mailboxes

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
    private func heardChannel(_ key: ObjectKey) -> HeaderText? {
        let name: String? =
            switch key.type {
            case .channel: node.model.channel(key.id)?.name
            case .phone: node.model.channels(ofPhone: key.id).first
            case .user: node.model.activeChannel(ofUser: key.id)?.name
            case .agent: resolver.node.object(ObjectID(site, key))?.status.value(of: "channel")?.stringValue
            case .queue, .queueMember, .group, .voicemail, .meetme, .trunk, .parking, .site: nil
            }
        return name.flatMap { HeaderText($0) }
    }

    func mailboxCount() -> CommandPlan {
        var mailbox = command.text(.mailbox) ?? ""
        var context = command.text(.context) ?? "default"
        if case .object(let id)? = command.address(.mailbox) {
            guard id.site == site, let number = node.model.number(of: id.key) else {
                return .refuse("there is no mailbox \(id) at \(site)", reply: "source")
            }
            (mailbox, context) = (number.number, number.context)
        }
        guard !mailbox.isEmpty, let mailbox = HeaderText(mailbox), let context = HeaderText(context) else {
            return .refuse("mailbox is needed", reply: "source")
        }
        return .actions([.mailboxCount(mailbox: mailbox, context: context)], result: [:])
    }
}
