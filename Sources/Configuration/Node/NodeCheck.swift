import SiteModel
import TandemCore

/// What can only be checked once a whole node was read.
enum NodeCheck {
    /// Checks a node; `base` is its key path (`sites.paris`), empty for a file of its own.
    static func check(_ node: NodeConfiguration, base: String, source: SourceMap) -> [Diagnostic] {
        var checker = SiteChecker(site: node.site, profiles: node.cti.profiles, base: base, source: source)
        checker.run()
        var found = checker.found
        let dot = base.isEmpty ? "" : base + "."
        let listeners = node.listen.all
        for (index, later) in listeners.enumerated() {
            for earlier in listeners[..<index]
            where earlier.isUDP == later.isUDP && overlap(earlier.address, later.address) {
                found.append(
                    source.diagnostic(
                        .error, dot + "listen." + later.key,
                        "\(later.address) is already used by \(earlier.key) (\(earlier.address)); "
                            + "accepted: each port once per address"))
            }
        }
        if base.isEmpty { found += checkFile(node, source: source) }
        return found
    }

    static func overlap(_ left: ListenAddress, _ right: ListenAddress) -> Bool {
        left.port != 0 && left.port == right.port && (left.host == right.host || left.isWildcard || right.isWildcard)
    }

    /// What holds for a node's own file only: a topology gives identities and links later.
    private static func checkFile(_ node: NodeConfiguration, source: SourceMap) -> [Diagnostic] {
        var found: [Diagnostic] = []
        if node.listen.ctis != nil, node.ctis == nil, node.rcti == nil {
            found.append(
                source.diagnostic(
                    .error, "listen.ctis", "TLS needs a certificate; accepted: ctis: {certificate, key}, or rcti: …"))
        }
        if let http = node.listen.http, !http.isLoopback, node.httpCertificate == nil {
            found.append(
                source.diagnostic(
                    .error, "listen.http",
                    "\(http) can be reached from other machines, which needs TLS; accepted: an address of loopback such as "
                        + "127.0.0.1:\(http.port), or http: {certificate, key}, or those of ctis: or rcti:"))
        }
        if node.rcti == nil {
            let reachable = ([node.listen.rcti] + node.links.map(\.address)).compactMap { $0 }
                .first { !$0.isLoopback }
            if let reachable {
                found.append(
                    source.diagnostic(
                        .error, "rcti",
                        "links that leave this machine (\(reachable)) need an identity; "
                            + "accepted: rcti: {certificate, key, ca}"))
            }
        }
        if !node.links.isEmpty, node.listen.rcti == nil, node.links.contains(where: { !$0.dials }) {
            found.append(
                source.diagnostic(
                    .error, "listen", "a link that is not dialled needs a listener; accepted: listen.rcti: HOST:PORT"))
        }
        var seen: [SiteID: Int] = [:]
        for (index, link) in node.links.enumerated() {
            if link.peer == node.name {
                found.append(
                    source.diagnostic(.error, "links[\(index)].peer", "\"\(link.peer)\" is this site itself"))
            }
            if let first = seen.updateValue(index, forKey: link.peer) {
                found.append(
                    source.diagnostic(
                        .error, "links[\(index)].peer",
                        "\"\(link.peer)\" already has a link (links[\(first)]); accepted: one link per peer"))
            }
        }
        return found
    }
}

/// References and duplicates within one site.
struct SiteChecker {
    let site: SiteConfiguration
    let profiles: [String: CTISettings.Profile]
    let base: String
    let source: SourceMap
    private(set) var found: [Diagnostic] = []

    init(site: SiteConfiguration, profiles: [String: CTISettings.Profile], base: String, source: SourceMap) {
        self.site = site
        self.profiles = profiles
        self.base = base
        self.source = source
    }

    mutating func run() {
        for (id, user) in site.users.sortedByID {
            let path = "users.\(id)"
            reference(user.phone, in: site.phones, "phone", path + ".phone")
            for (index, phone) in user.otherPhones.enumerated() {
                reference(phone, in: site.phones, "phone", path + ".other_phones[\(index)]")
            }
            reference(user.agent, in: site.agents, "agent", path + ".agent")
            reference(user.voicemail, in: site.voicemails, "voicemail", path + ".voicemail")
            reference(user.profile, in: profiles, "profile", path + ".profile")
        }
        for (list, queues) in [("queues", site.queues), ("groups", site.groups)] {
            for (id, queue) in queues.sortedByID {
                for (index, member) in queue.members.enumerated() where member.site == site.site {
                    memberReference(member, "\(list).\(id).members[\(index)]")
                }
            }
        }
        duplicates()
    }

    /// Reports a member that its own site does not have.
    mutating func memberReference(_ member: ObjectID, _ path: String) {
        let known: [String]
        switch member.key.type {
        case .phone: known = Array(site.phones.keys)
        case .agent: known = Array(site.agents.keys)
        default: known = Array(site.users.keys)
        }
        if !known.contains(member.key.id) {
            add(path, "no such \(member.key.type.word) \"\(member)\"; \(Self.accepted(known))")
        }
    }

    private mutating func reference<Value>(
        _ id: String?, in objects: [String: Value], _ word: String, _ path: String
    ) {
        guard let id, objects[id] == nil else { return }
        add(path, "no such \(word) \"\(id)\"; " + Self.accepted(Array(objects.keys)))
    }

    private static func accepted(_ keys: [String]) -> String {
        if keys.isEmpty { return "this site has none" }
        let sorted = keys.sorted(by: naturalOrder)
        let shown = sorted.prefix(8).joined(separator: ", ")
        return "accepted: " + shown + (sorted.count > 8 ? " … (\(sorted.count))" : "")
    }

    private mutating func duplicates() {
        var numbers = Seen(), endpoints = Seen(), logins = Seen(), agents = Seen(), boxes = Seen()
        for (id, phone) in site.phones.sortedByID {
            let context = phone.context ?? site.context
            note(&numbers, phone.number + "@" + context, shown: phone.number, "number", "phones.\(id).number")
            note(&endpoints, phone.endpoint, "endpoint", "phones.\(id).endpoint")
        }
        for (list, queues) in [("queues", site.queues), ("groups", site.groups)] {
            var names = Seen()
            for (id, queue) in queues.sortedByID {
                note(&names, queue.name, "name", "\(list).\(id).name")
                guard let number = queue.number else { continue }
                note(&numbers, number + "@" + site.context, shown: number, "number", "\(list).\(id).number")
            }
        }
        for (id, room) in site.meetmes.sortedByID {
            note(
                &numbers, room.number + "@" + site.context, shown: room.number, "number", "meetmes.\(id).number")
        }
        for (id, trunk) in site.trunks.sortedByID {
            note(&endpoints, trunk.endpoint, "endpoint", "trunks.\(id).endpoint")
        }
        for (id, user) in site.users.sortedByID {
            if let login = user.login { note(&logins, login, "login", "users.\(id).login") }
        }
        for (id, agent) in site.agents.sortedByID { note(&agents, agent.number, "number", "agents.\(id).number") }
        for (id, box) in site.voicemails.sortedByID {
            note(
                &boxes, box.mailbox + "@" + box.context, shown: box.mailbox, "mailbox", "voicemails.\(id).mailbox")
        }
        var presences = Seen()
        for (index, presence) in site.presences.enumerated() {
            note(&presences, presence.name, "state", "presences[\(index)].name")
        }
    }

    private typealias Seen = [String: String]

    private mutating func note(
        _ seen: inout Seen, _ value: String, shown: String? = nil, _ word: String, _ path: String
    ) {
        if let first = seen[value] {
            add(path, "the \(word) \"\(shown ?? value)\" is already used at \(first); accepted: each \(word) once")
        } else {
            seen[value] = path
        }
    }

    private mutating func add(_ path: String, _ message: String) {
        found.append(source.diagnostic(.error, base.isEmpty ? path : base + "." + path, message))
    }
}

extension Dictionary where Key == String {
    /// By id: numbers by value, then names.
    var sortedByID: [(key: String, value: Value)] { sorted { naturalOrder($0.key, $1.key) } }
}

/// `2` before `10`, numbers before names.
func naturalOrder(_ left: String, _ right: String) -> Bool {
    switch (Int(left), Int(right)) {
    case (let a?, let b?): a == b ? left < right : a < b
    case (.some, nil): true
    case (nil, .some): false
    case (nil, nil): left < right
    }
}
