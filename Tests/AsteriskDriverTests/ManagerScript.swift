import TandemCore

/// Makes up what happens at a PBX, and what its manager says of it: the same for the same seed. Events come in the order
/// in which Asterisk sends them; what happens is chosen at random.
struct ManagerScript {
    private struct Channel {
        var name: String
        var id: String
        var number: String
        var linked: String
        var state = 0
        var bridge: String?
        var other: String?
        var isHeld = false
    }

    private var dice: SplitMix64
    private var output = ""
    private var channels: [Channel] = []
    private var numbering = 0
    private var queued: [String: [String]] = [:]
    private var rooms: [String: [String]] = [:]
    private var parked: [(space: String, id: String)] = []
    private var agents: [String: String] = [:]
    private var registered: Set<String> = []
    private var members: Set<String> = []

    init(seed: UInt64) { dice = SplitMix64(seed: seed) }

    /// The messages of the next thing that happens; it may be none.
    mutating func step() -> String {
        output = ""
        happen()
        return output
    }

    // MARK: Saying

    private mutating func say(_ event: String, _ headers: [(String, String)]) {
        output += "Event: \(event)\r\n" + headers.map { "\($0.0): \($0.1)\r\n" }.joined() + "\r\n"
    }

    private func headers(_ channel: Channel, _ prefix: String = "") -> [(String, String)] {
        [
            ("\(prefix)Channel", channel.name), ("\(prefix)ChannelState", "\(channel.state)"),
            ("\(prefix)CallerIDNum", channel.number), ("\(prefix)CallerIDName", "Person \(channel.number)"),
            ("\(prefix)ConnectedLineNum", channel.other ?? "<unknown>"),
            ("\(prefix)ConnectedLineName", channel.other.map { "Person \($0)" } ?? "<unknown>"),
            ("\(prefix)Context", "office"), ("\(prefix)Exten", "s"), ("\(prefix)Uniqueid", channel.id),
            ("\(prefix)Linkedid", channel.linked),
        ]
    }

    private func bridge(_ id: String, _ count: Int = 0) -> [(String, String)] {
        [
            ("BridgeUniqueid", id), ("BridgeType", "basic"), ("BridgeTechnology", "simple_bridge"),
            ("BridgeCreator", "<unknown>"), ("BridgeNumChannels", "\(count)"),
        ]
    }

    /// PJSIP: the device is on hold whose call the other one holds.
    private func partner(of channel: Channel) -> Channel? {
        guard let bridge = channel.bridge else { return nil }
        let others = channels.filter { $0.bridge == bridge && $0.id != channel.id }
        return others.count == 1 ? others[0] : nil
    }

    private mutating func state(of channel: Channel) {
        guard channel.name.hasPrefix("PJSIP/"), let dash = channel.name.lastIndex(of: "-") else { return }
        let device = String(channel.name[..<dash])
        let all = channels.filter { $0.name.hasPrefix("\(device)-") }
        let word =
            all.isEmpty
            ? "NOT_INUSE"
            : all.count == 1 && partner(of: all[0])?.isHeld == true
                ? "ONHOLD" : all.contains { $0.state == 6 || $0.state == 4 } ? "INUSE" : "RINGING"
        say("DeviceStateChange", [("Device", device), ("State", word)])
    }

    // MARK: Happening

    private func free() -> [Int] {
        channels.indices.filter { place in
            let id = channels[place].id
            return channels[place].bridge == nil && channels[place].state == 6
                && !queued.values.contains { $0.contains(id) } && !rooms.values.contains { $0.contains(id) }
                && !parked.contains { $0.id == id } && !agents.values.contains(id)
        }
    }

    private mutating func number() -> String { "10\(dice.below(6))" }

    private mutating func begin(linked: String? = nil) -> Channel {
        numbering += 1
        let number = number()
        // Now and then a name that another channel has.
        let isOdd = dice.below(12) == 0
        let name = isOdd ? "AsyncGoto/PJSIP/\(number)-1" : "PJSIP/\(number)-\(numbering)"
        let channel = Channel(name: name, id: "17.\(numbering)", number: number, linked: linked ?? "17.\(numbering)")
        channels.append(channel)
        say("Newchannel", headers(channel))
        return channel
    }

    private mutating func set(_ id: String, _ state: Int) {
        guard let place = channels.firstIndex(where: { $0.id == id }) else { return }
        channels[place].state = state
        say("Newstate", headers(channels[place]))
        self.state(of: channels[place])
    }

    private mutating func call() {
        var caller = begin()
        set(caller.id, 4)
        let isQueue = dice.below(4) == 0
        say(
            "Newexten",
            headers(caller) + [("Application", isQueue ? "Queue" : "Dial"), ("AppData", isQueue ? "sales" : "PJSIP/1")])
        caller = channels.first { $0.id == caller.id } ?? caller
        var callee = begin(linked: caller.linked)
        callee.other = caller.number
        if let place = channels.firstIndex(where: { $0.id == callee.id }) { channels[place] = callee }
        say("NewConnectedLine", headers(callee))
        say("DialBegin", headers(caller) + headers(callee, "Dest"))
        set(callee.id, 5)
        guard dice.below(4) != 0 else { return }
        set(callee.id, 6)
        callee = channels.first { $0.id == callee.id } ?? callee
        say("DialEnd", headers(caller) + headers(callee, "Dest") + [("DialStatus", "ANSWER")])
        set(caller.id, 6)
        guard let place = channels.firstIndex(where: { $0.id == caller.id }) else { return }
        channels[place].other = callee.number
        say("NewConnectedLine", headers(channels[place]))
        let id = "bridge-\(numbering)"
        say("BridgeCreate", bridge(id))
        for entering in [callee.id, caller.id] { enter(entering, id) }
    }

    private mutating func enter(_ id: String, _ name: String) {
        guard let place = channels.firstIndex(where: { $0.id == id }) else { return }
        channels[place].bridge = name
        say("BridgeEnter", bridge(name, channels.count { $0.bridge == name }) + headers(channels[place]))
    }

    private mutating func leave(_ id: String) {
        guard let place = channels.firstIndex(where: { $0.id == id }), let name = channels[place].bridge else { return }
        channels[place].bridge = nil
        say("BridgeLeave", bridge(name) + headers(channels[place]))
        if !channels.contains(where: { $0.bridge == name }) { say("BridgeDestroy", bridge(name)) }
    }

    private mutating func end(_ place: Int) {
        let channel = channels[place]
        leave(channel.id)
        for (queue, list) in queued where list.contains(channel.id) {
            queued[queue] = list.filter { $0 != channel.id }
            say("QueueCallerLeave", headers(channel) + [("Queue", queue)])
        }
        for (room, list) in rooms where list.contains(channel.id) { leaveRoom(room, channel, list) }
        for (space, id) in parked where id == channel.id {
            say("ParkedCallGiveUp", headers(channel, "Parkee") + [("Parkinglot", "default"), ("ParkingSpace", space)])
        }
        parked.removeAll { $0.id == channel.id }
        for (agent, id) in agents where id == channel.id {
            agents[agent] = nil
            say("AgentLogoff", [("Agent", agent)])
        }
        channels.removeAll { $0.id == channel.id }
        say("Hangup", headers(channel) + [("Cause", "16")])
        state(of: channel)
    }

    private mutating func leaveRoom(_ room: String, _ channel: Channel, _ list: [String]) {
        rooms[room] = list.filter { $0 != channel.id }
        say("ConfbridgeLeave", headers(channel) + [("Conference", room)])
        guard rooms[room]?.isEmpty == true else { return }
        rooms[room] = nil
        say("ConfbridgeEnd", [("Conference", room)])
    }

    private mutating func happen() {
        switch dice.below(26) {
        case 0, 1, 2: call()
        case 3, 4, 5: if !channels.isEmpty { end(dice.below(channels.count)) }
        case 6, 7: hold()
        case 8:
            if let place = channels.indices.randomElement(using: &dice), channels[place].bridge != nil {
                leave(channels[place].id)
            }
        case 9, 10: queue()
        case 11, 12: room()
        case 13: park()
        case 14, 15: contact()
        case 16: peer()
        case 17, 18: hint()
        case 19, 20: member()
        case 21: agent()
        case 22: mailbox()
        case 23: rename()
        case 24: originated()
        default: callerID()
        }
    }

    /// The PBX itself rings a phone.
    private mutating func originated() {
        let callee = begin()
        say("DialBegin", headers(callee, "Dest"))
        set(callee.id, 5)
        guard dice.below(2) == 0 else { return }
        set(callee.id, 6)
        guard let place = channels.firstIndex(where: { $0.id == callee.id }) else { return }
        say("DialEnd", headers(channels[place], "Dest") + [("DialStatus", "ANSWER")])
    }

    private mutating func hold() {
        guard let place = channels.indices.filter({ channels[$0].bridge != nil }).randomElement(using: &dice) else {
            return
        }
        channels[place].isHeld.toggle()
        say(channels[place].isHeld ? "Hold" : "Unhold", headers(channels[place]))
        if let partner = partner(of: channels[place]) { state(of: partner) }
    }

    private mutating func callerID() {
        guard let place = channels.indices.randomElement(using: &dice) else { return }
        channels[place].number = dice.below(4) == 0 ? "<unknown>" : number()
        say("NewCallerid", headers(channels[place]))
    }

    private mutating func rename() {
        guard let place = channels.indices.randomElement(using: &dice) else { return }
        numbering += 1
        let old = channels[place]
        channels[place].name = "PJSIP/\(number())-\(numbering)"
        say("Rename", [("Channel", old.name), ("Newname", channels[place].name), ("Uniqueid", old.id)])
        state(of: old)
        state(of: channels[place])
    }

    private mutating func queue() {
        let queue = dice.below(2) == 0 ? "sales" : "support"
        if dice.below(2) == 0, let place = free().randomElement(using: &dice) {
            queued[queue, default: []].append(channels[place].id)
            say(
                "QueueCallerJoin",
                headers(channels[place]) + [("Queue", queue), ("Position", "\(queued[queue]?.count ?? 1)")])
        } else if let id = queued[queue]?.randomElement(using: &dice),
            let channel = channels.first(where: { $0.id == id })
        {
            queued[queue]?.removeAll { $0 == id }
            say("QueueCallerLeave", headers(channel) + [("Queue", queue)])
        }
    }

    private mutating func room() {
        let room = dice.below(2) == 0 ? "800" : "801"
        let list = rooms[room] ?? []
        if dice.below(2) == 0, let place = free().randomElement(using: &dice) {
            if list.isEmpty { say("ConfbridgeStart", [("Conference", room)]) }
            rooms[room] = list + [channels[place].id]
            say(
                "ConfbridgeJoin",
                headers(channels[place]) + [
                    ("Conference", room), ("Admin", dice.below(3) == 0 ? "Yes" : "No"), ("Muted", "No"),
                ])
        } else if let id = list.randomElement(using: &dice), let channel = channels.first(where: { $0.id == id }) {
            switch dice.below(3) {
            case 0: leaveRoom(room, channel, list)
            case 1: say("ConfbridgeMute", headers(channel) + [("Conference", room)])
            default: say("ConfbridgeUnmute", headers(channel) + [("Conference", room)])
            }
        }
    }

    private mutating func park() {
        if dice.below(2) == 0, let place = free().randomElement(using: &dice) {
            let space = "70\(dice.below(9))"
            guard !parked.contains(where: { $0.space == space }) else { return }
            parked.append((space, channels[place].id))
            say(
                "ParkedCall",
                headers(channels[place], "Parkee") + [
                    ("ParkerDialString", "PJSIP/101"), ("Parkinglot", "default"), ("ParkingSpace", space),
                    ("ParkingTimeout", "45"), ("ParkingDuration", "0"),
                ])
        } else if let place = parked.indices.randomElement(using: &dice) {
            let (space, id) = parked.remove(at: place)
            guard let channel = channels.first(where: { $0.id == id }) else { return }
            say("UnParkedCall", headers(channel, "Parkee") + [("Parkinglot", "default"), ("ParkingSpace", space)])
        }
    }

    private mutating func contact() {
        let name = number()
        let uri = "sip:\(name)@192.0.2.\(1 + dice.below(3)):5060"
        let status = ["Reachable", "Unreachable", "NonQualified", "Removed"][dice.below(4)]
        if status != "Removed" { registered.insert("\(name) \(uri)") }
        say(
            "ContactStatus", [("URI", uri), ("ContactStatus", status), ("AOR", name), ("EndpointName", name)])
    }

    private mutating func peer() {
        let status = ["Registered", "Unregistered", "Reachable", "Unreachable", "Lagged"][dice.below(5)]
        let address = dice.below(2) == 0 ? "192.0.2.\(dice.below(3))" : "2001:db8::\(1 + dice.below(3))"
        let more = status == "Registered" ? [("Address", address), ("Port", "5060")] : []
        say("PeerStatus", [("ChannelType", "SIP"), ("Peer", "SIP/20\(dice.below(2))"), ("PeerStatus", status)] + more)
    }

    private mutating func hint() {
        let name = number()
        let devices = [
            "PJSIP/\(name)", "PJSIP/\(name)&Custom:DND\(name)", "Custom:lamp", "PJSIP/\(name),CustomPresence:x",
        ]
        let exten = ["", "7", "8"][dice.below(3)] + name
        let watched = devices[dice.below(devices.count)]
        // A hint's own state is its device's, so only a composite one tells another.
        let status = dice.below(6) == 0 ? "-2" : watched.contains("Custom:") ? "2" : nil
        guard let status else { return }
        say("ExtensionStatus", [("Exten", exten), ("Context", "office"), ("Hint", watched), ("Status", status)])
    }

    private mutating func member() {
        let queue = dice.below(2) == 0 ? "sales" : "support"
        let interface = ["PJSIP/101", "Local/1001@agents", "Local/102@office/n"][dice.below(3)]
        let key = "\(queue) \(interface)"
        let headers = [
            ("Queue", queue), ("MemberName", "M \(interface)"), ("Interface", interface),
            ("StateInterface", interface.hasPrefix("Local/1001") ? "Agent:1001" : interface), ("Membership", "dynamic"),
            ("Penalty", "\(dice.below(3))"), ("CallsTaken", "\(dice.below(9))"), ("LastCall", "0"), ("LastPause", "0"),
            ("Status", "\(1 + dice.below(2))"), ("Paused", "\(dice.below(2))"),
            ("PausedReason", ["", "tea"][dice.below(2)]),
        ]
        if members.contains(key) {
            let event = ["QueueMemberStatus", "QueueMemberPause", "QueueMemberPenalty", "QueueMemberRemoved"][
                dice.below(4)]
            if event == "QueueMemberRemoved" { members.remove(key) }
            say(event, headers)
        } else {
            members.insert(key)
            say("QueueMemberAdded", headers)
        }
    }

    private mutating func agent() {
        let agent = "100\(1 + dice.below(2))"
        if let id = agents[agent] {
            switch dice.below(2) {
            case 0:
                say(
                    "DeviceStateChange",
                    [("Device", "Agent:\(agent)"), ("State", ["INUSE", "NOT_INUSE"][dice.below(2)])])
            default:
                agents[agent] = nil
                guard let channel = channels.first(where: { $0.id == id }) else { return }
                say("AgentLogoff", headers(channel) + [("Agent", agent)])
                say("DeviceStateChange", [("Device", "Agent:\(agent)"), ("State", "UNAVAILABLE")])
            }
        } else if let place = free().randomElement(using: &dice) {
            agents[agent] = channels[place].id
            say("AgentLogin", headers(channels[place]) + [("Agent", agent)])
            say("DeviceStateChange", [("Device", "Agent:\(agent)"), ("State", "NOT_INUSE")])
        }
    }

    private mutating func mailbox() {
        let new = dice.below(3)
        say(
            "MessageWaiting",
            [
                ("Mailbox", "\(number())@default"), ("Waiting", new > 0 ? "1" : "0"), ("New", "\(new)"),
                ("Old", "\(dice.below(3))"),
            ])
    }
}

extension SplitMix64 {
    fileprivate mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}
