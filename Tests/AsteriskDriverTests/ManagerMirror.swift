/// What an Asterisk would answer to the questions of a snapshot, known from the events it sent: an independent, plain
/// reading of messages as text, against which the driver's picture is compared.
struct ManagerMirror {
    typealias Message = [(name: String, value: String)]

    private struct Channel {
        var headers: [String: String]
        var application = ""
        var arguments = ""
        var bridge = ""
    }

    private var channels: [(id: String, channel: Channel)] = []
    private var bridges: [(id: String, headers: Message)] = []
    private var hints: [(key: String, message: Message)] = []
    private var devices: [(name: String, state: String)] = []
    /// Endpoints with their contacts: URI and state.
    private var contacts: [(name: String, list: [(uri: String, status: String)])] = []
    private var peers: [(name: String, address: String, port: String, isReachable: Bool)] = []
    private var queues: [String] = []
    private var members: [(key: String, message: [String: String])] = []
    private var callers: [String: [String]] = [:]
    private var agents: [(number: String, channel: String?)] = []
    private var rooms: [(name: String, members: [(id: String, headers: [String: String])])] = []
    private var mailboxes: [(name: String, new: String, old: String)] = []
    private var parked: [(key: String, message: Message)] = []

    /// The messages of a text with plain or network line ends.
    static func messages(_ text: String) -> [Message] {
        text.replacing("\r\n", with: "\n").split(separator: "\n\n").map { block in
            block.split(separator: "\n").map { line in
                let colon = line.firstIndex(of: ":") ?? line.endIndex
                return (
                    String(line[..<colon]),
                    colon == line.endIndex ? "" : String(line[line.index(after: colon)...].drop { $0 == " " })
                )
            }
        }
    }

    static func text(_ message: Message) -> String {
        message.map { "\($0.name): \($0.value)\r\n" }.joined() + "\r\n"
    }

    private static let snapshotHeaders = [
        "Channel", "ChannelState", "CallerIDNum", "CallerIDName", "ConnectedLineNum", "ConnectedLineName", "Context",
        "Exten",
        "Linkedid",
    ]

    // MARK: Events

    mutating func see(_ message: Message) {
        let first = Dictionary(message.map { ($0.name, $0.value) }, uniquingKeysWith: { old, _ in old })
        guard let event = first["Event"] else { return }
        let id = first["Uniqueid"] ?? ""
        if event == "Newchannel" { channels.append((id, Channel(headers: [:]))) }
        for (name, value) in message where name.hasSuffix("Uniqueid") && name != "BridgeUniqueid" {
            let prefix = String(name.dropLast(8))
            guard first["\(prefix)ChannelState"] != nil else { continue }
            edit(value) { channel in
                for header in Self.snapshotHeaders {
                    if let text = first[prefix + header] { channel.headers[header] = text }
                }
            }
        }
        switch event {
        case "Hangup":
            channels.removeAll { $0.id == id }
        case "Rename": edit(id) { $0.headers["Channel"] = first["Newname"] }
        case "Newexten":
            edit(id) {
                $0.application = first["Application"] ?? ""
                $0.arguments = first["AppData"] ?? ""
            }
        case "DialBegin":
            let caller = channels.first { $0.id == id }?.channel
            edit(first["DestUniqueid"] ?? "") {
                $0.application = caller == nil ? "AppDial2" : caller?.application == "Queue" ? "AppQueue" : "AppDial"
            }
        case "BridgeCreate": bridges.append((first["BridgeUniqueid"] ?? "", message))
        case "BridgeDestroy": bridges.removeAll { $0.id == first["BridgeUniqueid"] }
        case "BridgeEnter": edit(id) { $0.bridge = first["BridgeUniqueid"] ?? "" }
        case "BridgeLeave": edit(id) { if $0.bridge == first["BridgeUniqueid"] { $0.bridge = "" } }
        case "DeviceStateChange": settle(first["Device"] ?? "", first["State"] ?? "")
        case "ExtensionStatus":
            let key = "\(first["Exten"] ?? "")@\(first["Context"] ?? "")"
            hints.removeAll { $0.key == key }
            if first["Status"]?.hasPrefix("-") != true { hints.append((key, message)) }
        case "ContactStatus": seeContact(first)
        case "PeerStatus": seePeer(first)
        case "QueueMemberAdded", "QueueMemberStatus", "QueueMemberPause", "QueueMemberPenalty", "QueueMemberRinginuse":
            seeQueue(first["Queue"] ?? "")
            let key = "\(first["Queue"] ?? "") \(first["Interface"] ?? "")"
            if let place = members.firstIndex(where: { $0.key == key }) {
                members[place].message = first
            } else {
                members.append((key, first))
            }
        case "QueueMemberRemoved":
            members.removeAll { $0.key == "\(first["Queue"] ?? "") \(first["Interface"] ?? "")" }
        case "QueueCallerJoin":
            seeQueue(first["Queue"] ?? "")
            let place = (Int(first["Position"] ?? "") ?? 1) - 1
            var list = callers[first["Queue"] ?? ""] ?? []
            list.insert(id, at: min(place, list.count))
            callers[first["Queue"] ?? ""] = list
        case "QueueCallerLeave": callers[first["Queue"] ?? ""]?.removeAll { $0 == id }
        case "AgentLogin", "AgentLogoff":
            agents.removeAll { $0.number == first["Agent"] }
            agents.append((first["Agent"] ?? "", event == "AgentLogin" ? id : nil))
        case "ConfbridgeStart": rooms.append((first["Conference"] ?? "", []))
        case "ConfbridgeEnd": rooms.removeAll { $0.name == first["Conference"] }
        case "ConfbridgeJoin": editRoom(first) { $0.append((id, first)) }
        case "ConfbridgeLeave": editRoom(first) { $0.removeAll { $0.id == id } }
        case "ConfbridgeMute", "ConfbridgeUnmute":
            editRoom(first) { list in
                for place in list.indices where list[place].id == id {
                    list[place].headers["Muted"] = event == "ConfbridgeMute" ? "Yes" : "No"
                }
            }
        case "MessageWaiting":
            guard let mailbox = first["Mailbox"], let new = first["New"], let old = first["Old"] else { break }
            mailboxes.removeAll { $0.name == mailbox }
            mailboxes.append((mailbox, new, old))
        case "ParkedCall":
            let key = "\(first["Parkinglot"] ?? "") \(first["ParkingSpace"] ?? "")"
            parked.removeAll { $0.key == key }
            parked.append((key, message))
        case "UnParkedCall", "ParkedCallGiveUp", "ParkedCallTimeOut":
            parked.removeAll { $0.key == "\(first["Parkinglot"] ?? "") \(first["ParkingSpace"] ?? "")" }
        default: break
        }
    }

    private mutating func edit(_ id: String, _ body: (inout Channel) -> Void) {
        if let place = channels.firstIndex(where: { $0.id == id }) { body(&channels[place].channel) }
    }

    private mutating func editRoom(
        _ first: [String: String], _ body: (inout [(id: String, headers: [String: String])]) -> Void
    ) {
        if let place = rooms.firstIndex(where: { $0.name == first["Conference"] }) { body(&rooms[place].members) }
    }

    private mutating func seeQueue(_ name: String) { if !queues.contains(name) { queues.append(name) } }

    private mutating func settle(_ device: String, _ state: String) {
        if let place = devices.firstIndex(where: { $0.name == device }) {
            devices[place].state = state
        } else {
            devices.append((device, state))
        }
    }

    private mutating func seeContact(_ first: [String: String]) {
        let name = first["EndpointName"] ?? ""
        if !contacts.contains(where: { $0.name == name }) { contacts.append((name, [])) }
        guard let place = contacts.firstIndex(where: { $0.name == name }), let uri = first["URI"],
            let status = first["ContactStatus"]
        else { return }
        if status == "Removed" {
            contacts[place].list.removeAll { $0.uri == uri }
        } else if let known = contacts[place].list.firstIndex(where: { $0.uri == uri }) {
            contacts[place].list[known].status = status
        } else {
            contacts[place].list.append((uri, status))
        }
    }

    private mutating func seePeer(_ first: [String: String]) {
        guard let peer = first["Peer"], peer.hasPrefix("SIP/") else { return }
        if !peers.contains(where: { $0.name == peer }) { peers.append((peer, "", "", true)) }
        guard let place = peers.firstIndex(where: { $0.name == peer }) else { return }
        switch first["PeerStatus"] {
        case "Registered":
            peers[place].address = first["Address"] ?? ""
            peers[place].port = first["Port"] ?? ""
            peers[place].isReachable = true
        case "Unregistered": peers[place].address = ""
        case "Unreachable": peers[place].isReachable = false
        case "Reachable", "Lagged": peers[place].isReachable = true
        default: break
        }
    }

    // MARK: Lists

    private static let words = [
        "NOT_INUSE": "Not in use", "INUSE": "In use", "RINGING": "Ringing", "RINGINUSE": "Ring+Inuse",
        "ONHOLD": "On Hold",
        "BUSY": "Busy", "UNAVAILABLE": "Unavailable", "INVALID": "Invalid",
    ]

    /// The lists that a snapshot asks for, in its order, between them what ends one.
    func lists() -> (hints: String, devices: String, channels: String, rest: String) {
        let hintItems = hints.map { Self.text($0.message) }.joined()
        var deviceItems = ""
        var endpoints = contacts.map { "PJSIP/\($0.name)" }
        for device in devices where device.name.hasPrefix("PJSIP/") && !endpoints.contains(device.name) {
            endpoints.append(device.name)
        }
        for endpoint in endpoints {
            let name = String(endpoint.dropFirst(6))
            let list = contacts.first { $0.name == name }?.list ?? []
            let state = devices.first { $0.name == endpoint }?.state ?? "UNAVAILABLE"
            deviceItems += Self.text([
                ("Event", "EndpointList"), ("ObjectType", "endpoint"), ("ObjectName", name),
                ("Contacts", list.map { "\(name)/\($0.uri)," }.joined()),
                ("DeviceState", Self.words[state] ?? "Unknown"),
            ])
        }
        for (name, list) in contacts {
            for (uri, status) in list {
                deviceItems += Self.text([
                    ("Event", "ContactList"), ("ObjectName", "\(name);@1b67"), ("Endpoint", name), ("Uri", uri),
                    ("Status", status),
                ])
            }
        }
        for peer in peers {
            deviceItems += Self.text([
                ("Event", "PeerEntry"), ("Channeltype", "SIP"), ("ObjectName", String(peer.name.dropFirst(4))),
                ("IPaddress", peer.address.isEmpty ? "-none-" : peer.address), ("IPport", peer.port),
                ("Status", peer.isReachable ? "OK (3 ms)" : "UNREACHABLE"),
            ])
        }
        for (device, state) in devices {
            deviceItems += Self.text([("Event", "DeviceStateChange"), ("Device", device), ("State", state)])
        }
        return (hintItems, deviceItems, channelItems(), restItems())
    }

    private func channelItems() -> String {
        bridges.map { Self.text([("Event", "BridgeListItem")] + $0.headers.filter { $0.name != "Event" }) }.joined()
            + channels.map { id, channel in
                Self.text(
                    [("Event", "CoreShowChannel"), ("Uniqueid", id)]
                        + channel.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } + [
                            ("Application", channel.application), ("ApplicationData", channel.arguments),
                            ("BridgeId", channel.bridge),
                        ])
            }.joined()
    }

    private func channelHeaders(_ id: String) -> Message {
        let headers = channels.first { $0.id == id }?.channel.headers ?? [:]
        return headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } + [("Uniqueid", id)]
    }

    private func restItems() -> String {
        var items = ""
        for queue in queues {
            items += Self.text([("Event", "QueueParams"), ("Queue", queue)])
            for (key, message) in members where key.hasPrefix("\(queue) ") {
                // The list says Name and Location where the events say MemberName and Interface.
                items += Self.text(
                    [("Event", "QueueMember")]
                        + message.filter { $0.key != "Event" }.sorted { $0.key < $1.key }.map {
                            ($0.key == "MemberName" ? "Name" : $0.key == "Interface" ? "Location" : $0.key, $0.value)
                        })
            }
            for (place, id) in (callers[queue] ?? []).enumerated() {
                items += Self.text(
                    [("Event", "QueueEntry"), ("Queue", queue), ("Position", "\(place + 1)"), ("Wait", "0")]
                        + channelHeaders(id))
            }
        }
        for (number, id) in agents {
            let isOnCall = devices.first { $0.name == "Agent:\(number)" }?.state == "INUSE"
            items += Self.text(
                [
                    ("Event", "Agents"), ("Agent", number), ("Name", ""),
                    ("Status", id == nil ? "AGENT_LOGGEDOFF" : isOnCall ? "AGENT_ONCALL" : "AGENT_IDLE"),
                ] + (id.map(channelHeaders) ?? []))
        }
        for (name, list) in rooms {
            items += Self.text([("Event", "ConfbridgeListRooms"), ("Conference", name)])
            for (id, headers) in list {
                items += Self.text(
                    [
                        ("Event", "ConfbridgeList"), ("Conference", name), ("Admin", headers["Admin"] ?? "No"),
                        ("Muted", headers["Muted"] ?? "No"),
                    ] + channelHeaders(id))
            }
        }
        for (name, new, old) in mailboxes {
            let parts = name.split(separator: "@", maxSplits: 1)
            items += Self.text([
                ("Event", "VoicemailUserEntry"), ("VoiceMailbox", String(parts[0])), ("VMContext", String(parts[1])),
                ("NewMessageCount", new), ("OldMessageCount", old),
            ])
        }
        for (_, message) in parked {
            let id = message.first { $0.name == "ParkeeUniqueid" }?.value ?? ""
            let headers = channels.first { $0.id == id }?.channel.headers ?? [:]
            items += Self.text(
                message.map { name, value in
                    (name, name.hasPrefix("Parkee") ? headers[String(name.dropFirst(6))] ?? value : value)
                })
        }
        return items
    }
}
