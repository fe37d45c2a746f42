import CTIProtocol
import PBX
import SiteModel
import TandemCore

// Members of queues and groups.
extension CommandPlanner {
    /// A member and the queues of this site that are meant.
    private struct Membership {
        let member: ObjectID
        /// How the member is called in a queue in which it is not yet.
        let name: QueueMemberName
        /// The name that people see.
        let shownName: ShownText?
        /// The named queue, or all in which the member is; with the PBX's name of the member there.
        let queues: [(queue: PlaceName, member: QueueMemberName)]
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
        let queue: PlaceName?
        switch command.address(.queue) {
        case .all(_, let home)? where home == site: queue = nil
        case .object(let id)? where id.site == site:
            let name = id.key.type == .group ? node.model.groupName(id.key.id) : node.model.queueName(id.key.id)
            guard let name, let place = PlaceName(name) else {
                return .refuse("there is no queue \(shown(.queue))", reply: "queue")
            }
            queue = place
        default: return .refuse("the queue is missing or not of \(site)", reply: "queue")
        }
        guard let found = queueMember(member) else {
            return .refuse("\(member) is nobody whom \(site)'s queues can call", reply: "member")
        }
        let known = memberships(of: member)
        let queues: [(queue: PlaceName, member: QueueMemberName)]
        if let queue {
            // The same phone may be there twice, as a device and as a number.
            let told = known.filter { $0.queue == queue.text }.compactMap { DeviceName($0.interface) }
            queues = told.isEmpty ? [(queue, found.name)] : told.map { (queue, .told($0)) }
        } else {
            queues = known.compactMap { fact in
                guard let queue = PlaceName(fact.queue), let told = DeviceName(fact.interface) else { return nil }
                return (queue, .told(told))
            }
        }
        return body(
            Membership(
                member: member, name: found.name, shownName: ShownText(found.shownName), queues: queues,
                isEverywhere: queue == nil))
    }

    func queueAdd() -> CommandPlan {
        withMembership { found in
            guard !found.isEverywhere else {
                return .refuse("a member is added to one queue at a time", reply: "queue")
            }
            return .actions(
                found.queues.prefix(1).map {
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
            let reason = command.text(.reason).flatMap { ShownText($0) }
            var wanted: [(queue: PlaceName?, member: QueueMemberName)] = found.queues.map { ($0.queue, $0.member) }
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
                node.model.endpoint(ofPhone: member.key.id).flatMap { DeviceName($0) }.map { .party(.device($0)) }
            default: nil
            }
        return name.map { ($0, shownName) }
    }
}
