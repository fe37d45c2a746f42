import Federation
import PBX
import SiteModel
import TandemCore

/// Turns a command that this site executes into actions of its PBX (design section 4; CTI reference 4.15 to 4.22).
/// One function per command; a command that cannot be planned is refused with the reason, never silently dropped.
struct CommandPlanner {
    let resolver: CommandResolver
    let body: JSONObject
    /// The present, Unix seconds: recordings are named after it.
    let unixTime: Double

    private var model: SiteModel { resolver.model }
    private var site: SiteID { resolver.site }

    /// Plans a command by its verb.
    func plan(_ verb: String) -> CommandPlan {
        switch verb {
        case "dial": dial()
        case "originate": originate()
        case "hangup", "refuse", "cancel": hangup(verb)
        case "hangupme": hangupMine()
        case "transfer": transfer()
        case "atxfer": attendedTransfer()
        case "transfercancel": cancelTransfer()
        case "intercept": intercept()
        case "parking", "park": park()
        case "answer": answer()
        case "agentlogin": agentLogin()
        case "agentlogout": agentLogout()
        case "queueadd", "queueremove", "queuepause", "queueunpause", "queuepause_all", "queueunpause_all",
            "queueremove_all":
            queue(verb)
        case "meetme": meetme()
        case "record": record()
        case "listen": listen()
        case "mailboxcount": mailboxCount()
        default: .refuse("site \(site) does not know the command \(verb)", reply: "noaction")
        }
    }

    private func field(_ name: String) -> String? { CommandResolver.text(body[name]) }

    // MARK: Calls

    private func dial() -> CommandPlan {
        guard let user = resolver.ownUser else {
            return .refuse("dial runs at the caller's own site, not at \(site)", reply: "ipbxid")
        }
        guard let phone = model.mainPhone(ofUser: user), let line = resolver.line(ofPhone: phone) else {
            return .refuse("user \(user) has no phone at \(site)", reply: "source")
        }
        return call(from: line)
    }

    private func originate() -> CommandPlan {
        guard let line = resolver.source(field("source")) else {
            return .refuse(
                "the source \(field("source") ?? "") is no user, phone or number of \(site)", reply: "source")
        }
        return call(from: line)
    }

    private func call(from line: (endpoint: HeaderText, context: String, number: Extension?)) -> CommandPlan {
        guard let target = resolver.target(field("destination"), context: line.context) else {
            return .refuse(
                "the destination \(field("destination") ?? "") leads to no number that \(site) can dial",
                reply: "destination")
        }
        let call = PBXAction.Originate(
            endpoint: line.endpoint, extension: target.number, context: target.context,
            callerName: HeaderText(target.name.isEmpty ? target.number.text : target.name),
            callerNumber: target.number)
        return .actions([.originate(call)], result: ["exten": .string(target.number.text)])
    }

    // MARK: Channels

    /// The channel that a field names, if it lives here.
    private func channel(_ name: String) -> String? {
        guard let id = resolver.object(field(name), assuming: .channel), id.key.type == .channel, id.site == site,
            model.channel(id.key.id) != nil
        else { return nil }
        return id.key.id
    }

    /// The origin's own active channel at this site.
    private var ownChannel: String? { resolver.ownUser.flatMap { model.activeChannel(ofUser: $0)?.name } }

    private func hangup(_ verb: String) -> CommandPlan {
        let names = CommandResolver.texts(body["channelids"] ?? body["channelid"] ?? body["source"])
        if names.isEmpty {
            guard verb != "hangup", let own = ownChannel, let header = HeaderText(own) else {
                return .refuse("no channel is named", reply: "source")
            }
            return .actions([.hangup(channel: header)], result: [:])
        }
        var actions: [PBXAction] = []
        for name in names {
            guard let id = resolver.object(name, assuming: .channel), id.site == site, model.channel(id.key.id) != nil,
                let header = HeaderText(id.key.id)
            else { return .refuse("there is no channel \(name) at \(site)", reply: "source") }
            actions.append(.hangup(channel: header))
        }
        return .actions(actions, result: [:])
    }

    private func hangupMine() -> CommandPlan {
        guard let user = resolver.ownUser else {
            return .refuse("only the user's own site can do this", reply: "ipbxid")
        }
        let channels = model.phones(ofUser: user).flatMap { model.channels(ofPhone: $0) }
        guard !channels.isEmpty else { return .refuse("user \(user) has no call", reply: "noaction") }
        return .actions(channels.compactMap { HeaderText($0).map { .hangup(channel: $0) } }, result: [:])
    }

    private func transfer() -> CommandPlan {
        // With a source, that channel is moved; without, the other party of the user's own call.
        let moved = field("source") != nil ? channel("source") : ownChannel.flatMap { model.peer(of: $0) }
        guard let moved, let header = HeaderText(moved) else {
            return .refuse("there is no call to transfer", reply: "source")
        }
        guard let target = resolver.target(field("destination"), context: resolver.ownContext) else {
            return .refuse("the destination leads to no number that \(site) can dial", reply: "destination")
        }
        return .actions(
            [.redirect(channel: header, extension: target.number, context: target.context)],
            result: ["exten": .string(target.number.text)])
    }

    private func attendedTransfer() -> CommandPlan {
        let own = field("source") != nil ? channel("source") : ownChannel
        guard let own, let header = HeaderText(own) else {
            return .refuse("there is no call to transfer", reply: "source")
        }
        guard let target = resolver.target(field("destination"), context: resolver.ownContext) else {
            return .refuse("the destination leads to no number that \(site) can dial", reply: "destination")
        }
        return .actions(
            [.attendedTransfer(channel: header, extension: target.number, context: target.context)],
            result: ["exten": .string(target.number.text)])
    }

    private func cancelTransfer() -> CommandPlan {
        let own = field("channelids") != nil ? channel("channelids") : ownChannel
        guard let own, let header = HeaderText(own) else {
            return .refuse("there is no transfer to cancel", reply: "source")
        }
        return .actions([.cancelAttendedTransfer(channel: header)], result: [:])
    }

    private func intercept() -> CommandPlan {
        guard let caught = channel("tointercept"), let header = HeaderText(caught) else {
            return .refuse("there is no channel \(field("tointercept") ?? "") at \(site)", reply: "source")
        }
        let catcher = field("catcher") ?? "user:\(resolver.origin.site)/\(resolver.origin.user)"
        guard let target = resolver.target(catcher, context: resolver.ownContext) else {
            return .refuse("the catcher \(catcher) has no number that \(site) can dial", reply: "destination")
        }
        return .actions(
            [.redirect(channel: header, extension: target.number, context: target.context)],
            result: ["exten": .string(target.number.text)])
    }

    private func park() -> CommandPlan {
        guard let parked = field("source") != nil ? channel("source") : ownChannel.flatMap({ model.peer(of: $0) }),
            let header = HeaderText(parked)
        else { return .refuse("there is no call to park", reply: "source") }
        var lot: HeaderText?
        if let id = resolver.object(field("destination"), assuming: .parking), id.key.id != "0" {
            guard let name = model.parkingLotName(id.key.id) else {
                return .refuse("there is no parking lot \(id.key.id) at \(site)", reply: "destination")
            }
            lot = HeaderText(name)
        }
        return .actions(
            [
                .park(
                    channel: header, returnTo: model.peer(of: parked).flatMap { HeaderText($0) }, lot: lot,
                    timeoutSeconds: 120)
            ], result: [:])
    }

    private func answer() -> CommandPlan {
        var ringing: String?
        if let id = resolver.object(field("phoneids"), assuming: .phone), id.key.type == .phone {
            ringing = model.channels(ofPhone: id.key.id).first { model.channel($0)?.state == .ringing }
        } else if field("channelids") != nil {
            ringing = channel("channelids")
        } else {
            ringing = ownChannel
        }
        guard let ringing, let header = HeaderText(ringing) else {
            return .refuse("no phone of yours rings", reply: "noaction")
        }
        return .actions([.answer(channel: header)], result: [:])
    }

    // MARK: Agents and queues

    private func agentNumber(_ text: String?) -> Extension? {
        if text == nil || text == "agent:special:me" {
            guard let user = resolver.ownUser, let agent = model.user(user)?.agent else { return nil }
            return model.agent(agent).flatMap { Extension($0.number) }
        }
        guard let id = resolver.object(text, assuming: .agent), id.site == site else { return nil }
        return model.agent(id.key.id).flatMap { Extension($0.number) }
    }

    private func agentLogin() -> CommandPlan {
        guard let agent = agentNumber(field("agentids") ?? field("member")) else {
            return .refuse("there is no such agent at \(site)", reply: "noaction")
        }
        let number =
            field("agentphonenumber")
            ?? resolver.ownUser.flatMap { model.mainPhone(ofUser: $0) }.flatMap { model.phone($0)?.number }
        guard let number = number.flatMap({ Extension($0) }), let context = HeaderText(resolver.ownContext) else {
            return .refuse("agent_login_invalid_exten", reply: "source")
        }
        return .actions([.agentLogin(agent: agent, extension: number, context: context)], result: [:])
    }

    private func agentLogout() -> CommandPlan {
        guard let agent = agentNumber(field("agentids") ?? field("member")) else {
            return .refuse("there is no such agent at \(site)", reply: "noaction")
        }
        return .actions([.agentLogoff(agent: agent)], result: [:])
    }

    private func queue(_ verb: String) -> CommandPlan {
        guard let member = resolver.object(field("member"), assuming: .agent) else {
            return .refuse("the member is missing or no agent or phone", reply: "member")
        }
        let everywhere = verb.hasSuffix("_all")
        let queueText = everywhere ? "queue:\(site)/all" : field("queue")
        guard let queue = resolver.object(queueText, assuming: .queue),
            queue.key.type == .queue || queue.key.type == .group, queue.site == site
        else { return .refuse("the queue is missing or not of \(site)", reply: "queue") }
        guard let interface = interface(of: member), let header = HeaderText(interface.interface) else {
            return .refuse("\(member) has no interface that \(site)'s queues can call", reply: "member")
        }
        let allQueues = queue.key.id == "all"
        let named = queue.key.type == .group ? model.groupName(queue.key.id) : model.queueName(queue.key.id)
        let names = (allQueues ? memberships(of: member) : [named].compactMap { $0 })
            .compactMap { HeaderText($0) }
        guard allQueues || !names.isEmpty else { return .refuse("there is no queue \(queue.key.id)", reply: "queue") }
        switch verb {
        case "queueadd":
            guard !allQueues else { return .refuse("a member is added to one queue at a time", reply: "queue") }
            let paused = body["paused"]?.boolValue ?? (field("paused").map { $0 == "1" || $0 == "true" } ?? false)
            let penalty = field("penalty").flatMap { Int($0) } ?? 0
            return .actions(
                names.map {
                    .queueAdd(
                        queue: $0, interface: header, memberName: HeaderText(interface.name),
                        stateInterface: interface.stateInterface.isEmpty ? nil : HeaderText(interface.stateInterface),
                        penalty: penalty, paused: paused)
                }, result: [:])
        case "queueremove", "queueremove_all":
            guard !names.isEmpty else { return .refuse("\(member) is in no queue", reply: "noaction") }
            return .actions(names.map { .queueRemove(queue: $0, interface: header) }, result: [:])
        default:
            let paused = !verb.hasPrefix("queueunpause")
            let reason = field("reason").flatMap { HeaderText($0) }
            let queues: [HeaderText?] = allQueues ? [nil] : names
            return .actions(
                queues.map { .queuePause(queue: $0, interface: header, paused: paused, reason: reason) }, result: [:])
        }
    }

    /// The queues of this site in which a member is. One of another site is no phone or agent of ours, whatever its id.
    private func memberships(of member: ObjectID) -> [String] {
        member.site == site ? model.memberships(of: member.key).map(\.queue) : []
    }

    /// What a queue of this site calls to reach a member; a member of another site is reached through the trunk.
    private func interface(of member: ObjectID) -> MemberInterface? {
        if member.site == site { return model.interface(ofMember: member.key) }
        guard member.key.type == .phone || member.key.type == .user,
            let target = resolver.target(member.description, context: model.configuration.context)
        else { return nil }
        return MemberInterface(
            interface: "Local/\(target.number)@\(target.context)/n", stateInterface: "",
            name: target.name.isEmpty ? target.number.text : target.name)
    }

    // MARK: Rooms, recording, the rest

    private func meetme() -> CommandPlan {
        guard let function = field("function"), let arguments = body["functionargs"]?.arrayValue?.compactMap(\.idText),
            let roomText = arguments.first
        else { return .refuse("function and functionargs are needed", reply: "noaction") }
        let bare = roomText.split(separator: "/").last.map(String.init) ?? roomText
        guard let room = model.room(bare), let header = HeaderText(room.number) else {
            return .refuse("there is no room \(roomText) at \(site)", reply: "noaction")
        }
        guard arguments.count > 1, let seat = Int(arguments[1]), let channel = model.roomMember(room.id, seat),
            let member = HeaderText(channel)
        else {
            return .refuse(
                "nobody has seat \(arguments.dropFirst().first ?? "") in room \(room.number)", reply: "noaction")
        }
        switch function.lowercased() {
        case "meetmemute": return .actions([.roomMute(room: header, channel: member, muted: true)], result: [:])
        case "meetmeunmute": return .actions([.roomMute(room: header, channel: member, muted: false)], result: [:])
        case "meetmekick": return .actions([.roomKick(room: header, channel: member)], result: [:])
        default: return .refuse("the PBX has no function \(function)", reply: "noaction")
        }
    }

    private func record() -> CommandPlan {
        let named = field("channel") != nil ? channel("channel") : ownChannel
        guard let recorded = named, let header = HeaderText(recorded),
            let file = HeaderText(
                "cti-monitor-\(Int64(unixTime))-\(recorded.map { $0.isLetter || $0.isNumber ? $0 : "-" }.reduce(into: "") { $0.append($1) })"
            )
        else { return .refuse("there is no call to record", reply: "source") }
        return .actions([.record(channel: header, on: field("subcommand") != "stop", file: file)], result: [:])
    }

    private func listen() -> CommandPlan {
        guard let id = resolver.object(field("destination") ?? field("channel"), assuming: .agent), id.site == site,
            let spied = spiedChannel(id.key), let header = HeaderText(spied)
        else { return .refuse("there is no call to listen to", reply: "destination") }
        guard let listener = resolver.source(field("listener") ?? resolver.ownUser.map { "user:\(site)/\($0)" }) else {
            return .refuse("the listener has no phone at \(site)", reply: "source")
        }
        return .actions([.listen(listener: listener.endpoint, channel: header)], result: [:])
    }

    /// The channel in which an agent, a phone or a user of this site is to be heard.
    private func spiedChannel(_ key: ObjectKey) -> String? {
        switch key.type {
        case .channel: return model.channel(key.id)?.name
        case .phone: return model.channels(ofPhone: key.id).first
        case .user: return model.activeChannel(ofUser: key.id)?.name
        case .agent:
            guard let status = resolver.node.object(ObjectID(site, key))?.status else { return nil }
            return status.value(of: "channel")?.stringValue
        default: return nil
        }
    }

    private func mailboxCount() -> CommandPlan {
        var named = (mailbox: field("mailbox"), context: field("context") ?? "default")
        if let id = named.mailbox.flatMap({ ObjectID($0) }), id.key.type == .voicemail {
            guard id.site == site, let number = model.number(of: id.key) else {
                return .refuse("there is no mailbox \(id) at \(site)", reply: "source")
            }
            named = (number.number, number.context)
        }
        guard let mailbox = named.mailbox.flatMap({ HeaderText($0) }), let context = HeaderText(named.context) else {
            return .refuse("mailbox is needed", reply: "source")
        }
        return .actions([.mailboxCount(mailbox: mailbox, context: context)], result: [:])
    }
}
