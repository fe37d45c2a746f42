import SiteModel
import TandemCore

/// Reads the objects of a site: prefix, context, phones, users and the rest.
enum ObjectReading {
    static func read(_ section: Section, into site: inout SiteConfiguration) {
        site.prefix = section["prefix"]?.text(Words.prefix, where: Words.isPrefix)
        if let context = section["context"]?.text(Words.context, where: Words.isContext) { site.context = context }
        if let discover = section["discover"]?.boolean() { site.discover = discover }
        site.phones = objects(section, "phones", keys: ["number", "endpoint", "context"]) { fields in
            let number = fields.required("number", Words.number)?.text(Words.number, where: Words.isNumber)
            let endpoint = fields.required("endpoint", Words.endpoint)?
                .text(Words.endpoint, where: Words.isEndpoint)
            let context = fields["context"]?.text(Words.context, where: Words.isContext)
            guard let number, let endpoint else { return nil }
            return SiteConfiguration.Phone(number: number, endpoint: endpoint, context: context)
        }
        site.users = objects(
            section, "users",
            keys: ["name", "login", "password", "phone", "other_phones", "agent", "voicemail", "profile", "mobile"],
            read: user)
        site.agents = objects(section, "agents", keys: ["name", "number"]) { fields in
            let name = fields.required("name", "the agent's name")?.text()
            let number = fields.required("number", Words.number)?.text(Words.number, where: Words.isNumber)
            guard let name, let number else { return nil }
            return SiteConfiguration.Agent(name: name, number: number)
        }
        let queueKeys = ["name", "number", "display_name", "members"]
        site.queues = objects(section, "queues", keys: queueKeys, read: queue)
        site.groups = objects(section, "groups", keys: queueKeys, read: queue)
        site.meetmes = objects(section, "meetmes", keys: ["name", "number"]) { fields in
            let name = fields.required("name", "the room's name")?.text()
            let number = fields.required("number", Words.number)?.text(Words.number, where: Words.isNumber)
            guard let name, let number else { return nil }
            return SiteConfiguration.Room(name: name, number: number)
        }
        site.voicemails = objects(section, "voicemails", keys: ["mailbox", "context", "full_name", "email"]) { fields in
            let mailbox = fields.required("mailbox", Words.number)?.text(Words.number, where: Words.isNumber)
            var voicemail = mailbox.map { SiteConfiguration.Voicemail(mailbox: $0) }
            if let text = fields["context"]?.text(Words.context, where: Words.isContext) { voicemail?.context = text }
            if let text = fields["full_name"]?.text() { voicemail?.fullName = text }
            if let text = fields["email"]?.text() { voicemail?.email = text }
            return voicemail
        }
        site.trunks = objects(section, "trunks", keys: ["endpoint", "site", "prefix"]) { fields in
            let endpoint = fields.required("endpoint", Words.endpoint)?
                .text(Words.endpoint, where: Words.isEndpoint)
            let far = fields["site"]?.siteID()
            let prefix = fields["prefix"]?.text(Words.prefix, where: Words.isPrefix)
            return endpoint.map { SiteConfiguration.Trunk(endpoint: $0, site: far, prefix: prefix) }
        }
        if let list = section["presences"]?.list("a list of {name, longname, color}", of: presence) {
            site.presences = list
        }
    }

    private static func user(_ fields: Section) -> SiteConfiguration.User? {
        let name = fields.required("name", "the person's full name")?.text()
        var user = name.map { SiteConfiguration.User(name: $0) }
        user?.login = fields["login"]?.text("a login name, at most \(Limits.loginName) bytes") {
            !$0.isEmpty && $0.utf8.count <= Limits.loginName
        }
        user?.password = fields["password"]?.secret()
        user?.phone = fields["phone"]?.text("the id of a phone")
        if let phones = fields["other_phones"]?.texts("a list of phone ids") { user?.otherPhones = phones }
        user?.agent = fields["agent"]?.text("the id of an agent")
        user?.voicemail = fields["voicemail"]?.text("the id of a voicemail")
        if let profile = fields["profile"]?.text("the name of a profile") { user?.profile = profile }
        if let mobile = fields["mobile"]?.text(Words.number, where: { $0.isEmpty || Words.isNumber($0) }) {
            user?.mobile = mobile
        }
        if fields["login"] != nil, fields["password"] == nil {
            fields.cursor.fail("a user with a login needs a password")
        }
        if fields["password"] != nil, fields["login"] == nil {
            fields.cursor.fail("a user with a password needs a login")
        }
        return user
    }

    private static func queue(_ fields: Section) -> SiteConfiguration.Queue? {
        let name = fields.required("name", "the PBX's name of the queue")?
            .text(Words.queue, where: Words.isQueue)
        var queue = name.map { SiteConfiguration.Queue(name: $0) }
        queue?.number = fields["number"]?.text(Words.number, where: Words.isNumber)
        queue?.displayName = fields["display_name"]?.text()
        let members = fields["members"]?.list("a list of object ids such as \"phone:paris/1\"") { member in
            let id = member.scalarText.flatMap { ObjectID($0) }
            if let id, [.phone, .agent, .user].contains(id.key.type) { return id }
            member.expect("an object id such as \"phone:paris/1\" (phone, agent or user)")
            return ObjectID?.none
        }
        if let members { queue?.members = members }
        return queue
    }

    private static func presence(_ cursor: Cursor) -> SiteConfiguration.Presence? {
        guard let fields = cursor.section(["name", "longname", "color"]) else { return nil }
        let name = fields.required("name", "the state's key, such as away")?.text()
        let color = fields["color"]?.text("a color such as \"#08FD20\"") { text in
            text.utf8.count == 7 && text.hasPrefix("#") && UInt32(text.dropFirst(), radix: 16) != nil
        }
        let longName = fields["longname"]?.text()
        return name.map { SiteConfiguration.Presence($0, longName: longName ?? $0, color: color ?? "#202020") }
    }

    private static func objects<Value>(
        _ section: Section, _ key: String, keys: [String], read: (Section) -> Value?
    ) -> [String: Value] {
        guard let cursor = section[key] else { return [:] }
        var result: [String: Value] = [:]
        for (id, keyCursor, value) in cursor.entries("a mapping from ids to objects") {
            guard !id.isEmpty, id.utf8.count <= Limits.configuredID, id.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
            else {
                keyCursor.fail(
                    "found the id \"\(id)\"; accepted: a text without spaces, at most \(Limits.configuredID) bytes")
                continue
            }
            if let fields = value.section(keys) { result[id] = read(fields) }
        }
        return result
    }
}
