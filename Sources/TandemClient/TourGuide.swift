import ClientTLS
import NIOCore
import TandemCore

/// Walks the main job as two real clients over TCP and times every step.
public struct TourGuide: Sendable {
    /// Where and as whom to log in.
    public struct Stop: Sendable {
        /// The site that the server there is expected to be.
        public var site: String
        /// Where its CTI port is.
        public var host: String
        /// The CTI port.
        public var port: Int
        /// Whom to log in as.
        public var login: String
        /// The password.
        public var password: String
        /// What is demanded of the server's certificate; nil: no TLS.
        public var tls: ServerTrust?

        /// Makes a stop.
        public init(site: String, host: String, port: Int, login: String, password: String, tls: ServerTrust? = nil) {
            self.site = site
            self.host = host
            self.port = port
            self.login = login
            self.password = password
            self.tls = tls
        }
    }

    /// The first stop, whose user calls.
    let home: Stop
    /// The stop at the other end of the federation, whose user is called.
    let far: Stop
    /// How long a call may take to ring, be answered and end.
    let patience: Double
    /// Where lines go.
    let print: @Sendable (String) -> Void

    /// Plans a tour.
    public init(home: Stop, far: Stop, patience: Double, print: @escaping @Sendable (String) -> Void) {
        self.home = home
        self.far = far
        self.patience = patience
        self.print = print
    }

    private func step(_ number: Int, _ text: String, since began: NIODeadline, until end: NIODeadline = .now()) {
        let milliseconds = Double((end - began).nanoseconds) / 1e6
        let digits = (milliseconds * 10).rounded() / 10
        let time = String(repeating: " ", count: max(0, 9 - "\(digits)".count)) + "\(digits) ms"
        self.print("  \(number < 10 ? " " : "")\(number)  \(time)  \(text)")
    }

    /// Takes the whole tour; throws at the first step that did not happen.
    public func walk() async throws {
        self.print("Tour: \(home.login) at \(home.site) calls and writes to \(far.login) at \(far.site)")
        var began = NIODeadline.now()
        let caller = try await CTIClient.connect(
            name: "\(home.login)@\(home.site)", host: home.host, port: home.port, tls: home.tls)
        try await caller.logIn(user: home.login, password: home.password)
        step(1, "logged in at \(home.site) as user:\(await caller.ownID)", since: began)
        let called = try await CTIClient.connect(
            name: "\(far.login)@\(far.site)", host: far.host, port: far.port, tls: far.tls)
        try await called.logIn(user: far.login, password: far.password)
        let farUser = await called.ownID

        began = .now()
        let sites = try await sites(of: caller)
        guard sites.contains(home.site), sites.contains(far.site) else {
            throw CTIClientError(description: "\(home.site) knows only the sites \(sites)")
        }
        step(2, "sites: \(sites.joined(separator: ", "))", since: began)

        began = .now()
        let phones = try await phones(of: far.site, seenBy: caller)
        step(3, "phones of \(far.site): \(phones.joined(separator: ", "))", since: began)

        let ownPhone = try await phone(of: caller.ownID, seenBy: caller)
        let farPhone = try await phone(of: farUser, seenBy: caller)
        try await call(from: caller, phone: ownPhone, to: called, user: farUser, phone: farPhone)
        try await chat(from: caller, to: called, user: farUser)
        await caller.close()
        await called.close()
        self.print("Tour finished: every step happened.")
    }

    /// The sites, once the far one is known and fresh: right after the start its copy may still be on the way.
    private func sites(of client: CTIClient) async throws -> [String] {
        let deadline = NIODeadline.now() + .seconds(15)
        while true {
            let answer = try await client.ask(["class": "getipbxlist"])
            let sites = answer["ipbxlist"]?.arrayValue?.compactMap(\.stringValue) ?? []
            if sites.contains(far.site), try await isFresh(far.site, seenBy: client),
                try await isFresh(home.site, seenBy: client)
            {
                return sites
            }
            guard NIODeadline.now() < deadline else {
                throw CTIClientError(
                    description: "\(far.site) is not fresh at \(home.site) after 15 s; known: \(sites)")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func isFresh(_ site: String, seenBy client: CTIClient) async throws -> Bool {
        let users = try await client.list("users", site: site)
        guard let first = users.first else { return false }
        let status = try await client.half("updatestatus", list: "users", site: site, id: first)
        return !status.isEmpty && status["stale"]?.boolValue != true
    }

    private func phones(of site: String, seenBy client: CTIClient) async throws -> [String] {
        var rows: [String] = []
        for id in try await client.list("phones", site: site) {
            let config = try await client.half("updateconfig", list: "phones", site: site, id: id)
            let status = try await client.half("updatestatus", list: "phones", site: site, id: id)
            rows.append("\(config["number"]?.idText ?? id) (hint \(status["hintstatus"]?.idText ?? "?"))")
        }
        guard !rows.isEmpty else { throw CTIClientError(description: "\(client.name): \(site) shows no phones") }
        return rows
    }

    /// The main phone of a user `site/id`.
    private func phone(of user: String, seenBy client: CTIClient) async throws -> Phone {
        let parts = user.split(separator: "/", maxSplits: 1).map(String.init)
        let config = try await client.half("updateconfig", list: "users", site: parts[0], id: parts[1])
        guard let phone = config["linelist"]?.arrayValue?.first?.idText else {
            throw CTIClientError(description: "\(client.name): user:\(user) has no phone")
        }
        return Phone(site: parts[0], id: phone)
    }

    private struct Phone: Sendable {
        var site: String
        var id: String

        /// Whether a pushed object is this phone's status with a hint code that satisfies the condition.
        func shows(_ object: JSONObject, hint matches: (Int) -> Bool) -> Bool {
            guard object["function"] == "updatestatus", object["listname"] == "phones",
                object["tipbxid"]?.stringValue == site, object["tid"]?.idText == id,
                let hint = object["status"]?["hintstatus"]?.idText.flatMap({ Int($0) })
            else { return false }
            return matches(hint)
        }
    }

    private func call(
        from caller: CTIClient, phone own: Phone, to called: CTIClient, user: String, phone far: Phone
    ) async throws {
        let farMark = await called.mark
        let began = NIODeadline.now()
        let (id, mark) = await caller.send([
            "class": "ipbxcommand", "command": "dial", "destination": .string("user:" + user),
        ])
        let reply = try await caller.wait(from: mark, for: "the reply to dial", within: 5) {
            $0["replyid"] == .integer(id)
        }
        guard reply.object["ipbxreply"] == true || reply.object["ipbxreply"] == 1 else {
            throw CTIClientError(description: "dial was answered \(JSONValue.object(reply.object))")
        }
        step(4, "dial user:\(user): accepted by the PBX of \(own.site)", since: began, until: reply.at)

        // Each status is awaited at both ends: by the home's own client and by the one at the far side of the federation.
        let views = [(caller, own.site), (called, far.site)]
        var number = 5
        func see(
            _ phone: Phone, _ what: String, from marks: [Int], _ hint: @escaping @Sendable (Int) -> Bool
        ) async throws {
            for ((client, place), mark) in zip(views, marks) {
                let seen = try await client.wait(
                    from: mark, for: "the phone of \(phone.site) \(what)", within: patience
                ) { phone.shows($0, hint: hint) }
                step(
                    number, "phone:\(phone.site)/\(phone.id) \(what), seen at \(place)", since: began, until: seen.at)
                number += 1
            }
        }
        let start = [mark, farMark]
        try await see(own, "rings", from: start) { $0 & 8 != 0 }
        try await see(own, "talks", from: start) { $0 & 1 != 0 && $0 & 8 == 0 }
        try await see(far, "rings", from: start) { $0 & 8 != 0 }
        try await see(far, "talks", from: start) { $0 & 1 != 0 && $0 & 8 == 0 }
        let talking = [await caller.mark, await called.mark]
        let ended = try await caller.ask(["class": "ipbxcommand", "command": "hangupme"])
        guard ended["ipbxreply"] == true || ended["ipbxreply"] == 1 else {
            throw CTIClientError(description: "hangupme was answered \(JSONValue.object(ended))")
        }
        try await see(own, "is idle again", from: talking) { $0 == 0 }
        try await see(far, "is idle again", from: talking) { $0 == 0 }
    }

    private func chat(from caller: CTIClient, to called: CTIClient, user: String) async throws {
        let question = "Bonjour \u{00E9}t\u{00E9}"
        let calledMark = await called.mark
        var began = NIODeadline.now()
        await caller.send(["class": "chitchat", "to": .string(user), "text": .string(question)])
        let arrived = try await called.wait(from: calledMark, for: "the chat", within: 5) {
            $0["class"] == "chitchat" && $0["text"]?.stringValue == question
        }
        step(17, "chat arrived at user:\(user)", since: began, until: arrived.at)
        guard let back = arrived.object["from"]?.stringValue, back == (await caller.ownID) else {
            throw CTIClientError(
                description: "the chat names \(arrived.object["from"]?.stringValue ?? "nobody") as its sender")
        }
        let callerMark = await caller.mark
        began = .now()
        await called.send(["class": "chitchat", "to": .string(back), "text": "Salut"])
        let answer = try await caller.wait(from: callerMark, for: "the answer to the chat", within: 5) {
            $0["class"] == "chitchat" && $0["text"] == "Salut" && $0["from"]?.stringValue == user
        }
        step(18, "answer arrived at user:\(back)", since: began, until: answer.at)
    }
}
