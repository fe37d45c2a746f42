import CTIProtocol
import Federation
import PBX
import SiteModel
import TandemCore

/// Turns a command that this site executes into actions of its PBX (CTI reference 4.15 to 4.22). One function per
/// command; a command that cannot be planned is refused with the reason, never silently dropped.
///
/// What an argument may be was checked against the command's row when it was read; here it is looked up.
struct CommandPlanner {
    let resolver: CommandResolver
    let command: IPBXCommand
    /// The present, Unix seconds: recordings are named after it.
    let unixTime: Double

    var node: NodeCore { resolver.node }
    var site: SiteID { resolver.site }

    /// The plan of the command.
    func plan() -> CommandPlan {
        switch command.verb {
        case .dial: dial()
        case .originate: originate()
        case .transfer: transfer()
        case .attendedTransfer: attendedTransfer()
        case .transferCancel: cancelTransfer()
        case .intercept: intercept()
        case .parking, .park: park()
        case .hangup: hangup()
        case .hangupMe: hangupMine()
        case .answer: answer()
        case .refuse: hangup { $0.state == .ringing }
        case .cancel: hangup(where: Self.isUnanswered)
        case .record: record()
        case .mailboxCount: mailboxCount()
        case .meetme: meetme()
        case .agentLogin: agentLogin()
        case .agentLogout: agentLogout()
        case .queuePause, .queuePauseAll: queuePause(true)
        case .queueUnpause, .queueUnpauseAll: queuePause(false)
        case .queueAdd: queueAdd()
        case .queueRemove, .queueRemoveAll: queueRemove()
        case .listen: listen()
        }
    }

    /// An argument as people read it in a refusal.
    func shown(_ key: CTIArgumentKey) -> String { command.address(key)?.description ?? "" }

    // MARK: Calls

    private func dial() -> CommandPlan {
        guard let user = resolver.ownUser else {
            return .refuse("dial runs at the caller's own site, not at \(site)", reply: "ipbxid")
        }
        guard let phone = node.model.mainPhone(ofUser: user), let line = resolver.line(ofPhone: phone) else {
            return .refuse("user \(user) has no phone at \(site)", reply: "source")
        }
        return call(from: line)
    }

    private func originate() -> CommandPlan {
        guard let line = resolver.source(command.address(.source)) else {
            return .refuse("the source \(shown(.source)) is no user, phone or number of \(site)", reply: "source")
        }
        return call(from: line)
    }

    private func call(from line: CallSource) -> CommandPlan {
        guard let target = resolver.target(command.address(.destination), context: line.context) else {
            return .refuse(
                "the destination \(shown(.destination)) leads to no number that \(site) can dial",
                reply: "destination")
        }
        let call = PBXAction.Originate(
            calling: line.party, extension: target.number, context: target.context,
            callerName: line.name.flatMap { ShownText($0) }, callerNumber: line.number,
            calledName: ShownText(target.name.isEmpty ? target.number.text : target.name), calledNumber: target.number)
        return .actions([.originate(call)], result: Self.result(target))
    }

    /// What a command that sends a call somewhere answers: the number as dialled.
    private static func result(_ target: DialTarget) -> JSONObject { ["exten": .string(target.number.text)] }

    // MARK: Channels

    /// The channel that an argument names, if it lives here.
    private func channel(_ key: CTIArgumentKey) -> ChannelName? { command.address(key).flatMap { channel($0) } }

    private func channel(_ address: CTIAddress) -> ChannelName? {
        guard case .object(let id) = address, id.key.type == .channel, id.site == site,
            node.model.channel(id.key.id) != nil
        else { return nil }
        return ChannelName(id.key.id)
    }

    /// The origin's own active channel at this site.
    private var ownChannel: ChannelName? {
        resolver.ownUser.flatMap { node.model.activeChannel(ofUser: $0) }.flatMap { ChannelName($0.name) }
    }

    /// Whom the origin talks to at this site.
    private var otherParty: ChannelName? { ownChannel.flatMap { peer(of: $0) } }

    private func peer(of channel: ChannelName) -> ChannelName? {
        node.model.peer(of: channel.text).flatMap { ChannelName($0) }
    }

    private func has(_ key: CTIArgumentKey) -> Bool { command[key] != nil }

    /// The channel of a phone, or of a user's phones, in a state that is asked for.
    private func channel(ofPhones address: CTIAddress, where isMeant: (ChannelInfo) -> Bool) -> ChannelName? {
        guard case .object(let id) = address, id.site == site else { return nil }
        let phones = id.key.type == .user ? node.model.phones(ofUser: id.key.id) : [id.key.id]
        for phone in phones {
            for name in node.model.channels(ofPhone: phone) {
                if let found = node.model.channel(name), isMeant(found) { return ChannelName(name) }
            }
        }
        return nil
    }

    /// Whether a channel's own call waits for an answer. That of a call made for the user rings first, without a
    /// caller, and is up while the destination rings: its state alone does not tell.
    private static func isUnanswered(_ channel: ChannelInfo) -> Bool {
        switch channel.stage {
        case .calling: true
        case .ringing: channel.peer == nil
        case .ready: channel.state != .up
        case .linked: false
        }
    }

    /// An action for each channel that `channelids` names; nil: it names none.
    private func forNamedChannels(_ action: (ChannelName) -> PBXAction) -> CommandPlan? {
        let named = command.addresses(.channelIDs)
        guard !named.isEmpty else { return nil }
        var actions: [PBXAction] = []
        for address in named {
            guard let found = channel(address) else {
                return .refuse("there is no channel \(address) at \(site)", reply: "source")
            }
            actions.append(action(found))
        }
        return .actions(actions, result: [:])
    }

    /// Ends the channels that are named; without any, that of a named phone in a state, or one's own.
    private func hangup(where isMeant: (ChannelInfo) -> Bool = { _ in true }) -> CommandPlan {
        if let plan = forNamedChannels({ .hangup(channel: $0) }) { return plan }
        let phone = command.address(.phoneIDs)
        guard let found = phone.map({ channel(ofPhones: $0, where: isMeant) }) ?? ownChannel else {
            return phone == nil
                ? .refuse("no channel is named", reply: "source")
                : .refuse("\(shown(.phoneIDs)) has no such call", reply: "noaction")
        }
        return .actions([.hangup(channel: found)], result: [:])
    }

    private func hangupMine() -> CommandPlan {
        guard let user = resolver.ownUser else {
            return .refuse("only the user's own site can do this", reply: "ipbxid")
        }
        let channels = node.model.phones(ofUser: user).flatMap { node.model.channels(ofPhone: $0) }
        guard !channels.isEmpty else { return .refuse("user \(user) has no call", reply: "noaction") }
        return .actions(channels.compactMap { ChannelName($0).map { .hangup(channel: $0) } }, result: [:])
    }

    private func transfer() -> CommandPlan {
        // With a source, that channel is moved; without, the other party of the user's own call.
        guard let moved = has(.source) ? channel(.source) : otherParty else {
            return .refuse("there is no call to transfer", reply: "source")
        }
        guard let target = resolver.target(command.address(.destination), context: resolver.ownContext) else {
            return .refuse("the destination leads to no number that \(site) can dial", reply: "destination")
        }
        return .actions(
            [.redirect(channel: moved, extension: target.number, context: target.context)],
            result: Self.result(target))
    }

    private func attendedTransfer() -> CommandPlan {
        guard let own = has(.source) ? channel(.source) : ownChannel else {
            return .refuse("there is no call to transfer", reply: "source")
        }
        guard let target = resolver.target(command.address(.destination), context: resolver.ownContext) else {
            return .refuse("the destination leads to no number that \(site) can dial", reply: "destination")
        }
        return .actions(
            [.attendedTransfer(channel: own, extension: target.number, context: target.context)],
            result: Self.result(target))
    }

    private func cancelTransfer() -> CommandPlan {
        if let plan = forNamedChannels({ .cancelAttendedTransfer(channel: $0) }) { return plan }
        guard let own = ownChannel else { return .refuse("there is no transfer to cancel", reply: "source") }
        return .actions([.cancelAttendedTransfer(channel: own)], result: [:])
    }

    private func intercept() -> CommandPlan {
        guard let caught = channel(.toIntercept) else {
            return .refuse("there is no channel \(shown(.toIntercept)) at \(site)", reply: "source")
        }
        let catcher =
            command.address(.catcher)
            ?? .object(ObjectID(.user, resolver.origin.site, resolver.origin.user))
        guard let target = resolver.target(catcher, context: resolver.ownContext) else {
            return .refuse("the catcher \(catcher) has no number that \(site) can dial", reply: "destination")
        }
        return .actions(
            [.redirect(channel: caught, extension: target.number, context: target.context)],
            result: Self.result(target))
    }

    private func park() -> CommandPlan {
        guard let parked = channel(.source) else { return .refuse("there is no call to park", reply: "source") }
        var lot: PlaceName?
        // Lot 0 is the usual one.
        if case .object(let id)? = command.address(.destination) {
            guard id.site == site else {
                return .refuse("the parking lot \(id) is not of \(site)", reply: "destination")
            }
        }
        if case .object(let id)? = command.address(.destination), id.key.id != "0" {
            guard let name = node.model.parkingLotName(id.key.id) else {
                return .refuse("there is no parking lot \(id.key.id) at \(site)", reply: "destination")
            }
            lot = PlaceName(name)
        }
        return .actions(
            [.park(channel: parked, returnTo: peer(of: parked), lot: lot, timeoutSeconds: 120)], result: [:])
    }

    private func answer() -> CommandPlan {
        if let plan = forNamedChannels({ .answer(channel: $0) }) { return plan }
        let phone = command.address(.phoneIDs)
        let ringing = phone.map { channel(ofPhones: $0) { $0.state == .ringing } } ?? ownChannel
        guard let ringing else { return .refuse("no phone of yours rings", reply: "noaction") }
        return .actions([.answer(channel: ringing)], result: [:])
    }

    private func record() -> CommandPlan {
        guard let recorded = channel(.channel) else { return .refuse("there is no call to record", reply: "source") }
        guard let file = recordingName(of: recorded) else {
            return .refuse("the name of \(recorded) is too long for a file's", reply: "source")
        }
        return .actions([.record(channel: recorded, on: command.text(.subcommand) != "stop", file: file)], result: [:])
    }

    /// A plain name: ASCII letters and digits of the channel's name, everything else becomes a dash.
    private func recordingName(of channel: ChannelName) -> FileName? {
        let plain = String(channel.text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
        return FileName("cti-monitor-\(Int64(unixTime))-\(plain)")
    }
}
