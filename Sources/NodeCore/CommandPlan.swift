import Federation
import PBX
import SiteModel
import TandemCore

/// What the executing site makes of a command.
enum CommandPlan {
    /// Actions for the PBX; the command is done when all of them are. The keys join the answer.
    case actions([PBXAction], result: JSONObject)
    /// The answer is known at once.
    case answer(CommandAnswer)

    /// A refusal with the value of `ipbxreply` that clients know (CTI reference 4.15).
    static func refuse(_ reason: String, reply: JSONValue = false) -> CommandPlan {
        .answer(.refused(reason: reason, EncodedObject(["ipbxreply": reply])))
    }
}

/// Where a call can be sent: a number as dialled from this site, with what the caller's phone shows.
struct DialTarget {
    var number: Extension
    var context: HeaderText
    var name: String
}

/// Resolves object ids of a command into what this site's PBX understands. Reads this site's model and the copies.
///
/// It reads through the node instead of holding copies of its cores: a copy that is alive while the original changes
/// would duplicate every table.
struct CommandResolver {
    let node: NodeCore
    let origin: CommandOrigin

    var site: SiteID { node.site }
    var model: SiteModel { node.model }

    /// Config of an object anywhere in the federation.
    func config(_ id: ObjectID) -> EncodedObject? { node.object(id)?.config }

    // MARK: Fields

    /// The text of a field that is an id, a number or an array whose first element is one.
    static func text(_ value: JSONValue?) -> String? {
        if let text = value?.idText { return text.isEmpty ? nil : text }
        return value?.arrayValue?.first?.idText
    }

    /// All texts of a field that is one id or a list of ids.
    static func texts(_ value: JSONValue?) -> [String] {
        if let text = value?.idText {
            return text.split(separator: ",").map { String($0) }.filter { !$0.isEmpty }
        }
        return value?.arrayValue?.compactMap(\.idText) ?? []
    }

    /// `<type>:<site>/<id>`, or with a type given also `<site>/<id>` and a bare `<id>` of this site.
    func object(_ text: String?, assuming type: ObjectType? = nil) -> ObjectID? {
        guard let text else { return nil }
        if let id = ObjectID(text) { return id }
        guard let type else { return nil }
        if let id = ObjectID(type.word + ":" + text) { return id }
        return text.contains("/") || text.contains(":") ? nil : ObjectID(type.word + ":" + site.name + "/" + text)
    }

    // MARK: Destinations

    /// The number that this site's PBX dials for a destination: an object id of any site, a bare number, or a caller id
    /// such as `"Bob" <1002>` (CTI reference 4.16).
    func target(_ text: String?, context: String) -> DialTarget? {
        guard let text, !text.isEmpty else { return nil }
        if text == "user:special:myvoicemail" { return voicemail(context: context) }
        if let id = ObjectID(text) { return target(id, context: context) }
        if text.hasPrefix("exten:") {
            // `exten:<site>/<number>` is not an object: nobody keeps a list of numbers.
            let rest = text.dropFirst("exten:".count)
            guard let slash = rest.firstIndex(of: "/"), let home = SiteID(rest[..<slash]) else { return nil }
            return dialable(String(rest[rest.index(after: slash)...]), at: home, context: context, name: "")
        }
        if let open = text.lastIndex(of: "<"), let close = text.lastIndex(of: ">"), open < close {
            let number = String(text[text.index(after: open)..<close])
            return dialable(number, at: site, context: context, name: "")
        }
        return text.contains(":") ? nil : dialable(text, at: site, context: context, name: "")
    }

    /// The number of an object, through the trunk when it is elsewhere.
    private func target(_ id: ObjectID, context: String) -> DialTarget? {
        switch id.key.type {
        case .user:
            guard let user = config(id) else { return nil }
            let name = user.value(of: "fullname")?.stringValue ?? ""
            guard let phone = user.value(of: "linelist")?.arrayValue?.first?.idText,
                let number = config(ObjectID(.phone, id.site, phone))?.value(of: "number")?.idText
            else { return nil }
            return dialable(number, at: id.site, context: context, name: name)
        case .phone, .queue, .group:
            guard let object = config(id), let number = object.value(of: "number")?.idText, !number.isEmpty else {
                return nil
            }
            let name = object.value(of: id.key.type == .phone ? "displayname" : "name")?.stringValue ?? ""
            return dialable(number, at: id.site, context: context, name: name)
        case .meetme:
            guard let object = config(id), let number = object.value(of: "confno")?.idText else { return nil }
            return dialable(
                number, at: id.site, context: context,
                name: "meetme " + (object.value(of: "name")?.stringValue ?? ""))
        case .voicemail:
            guard id.site == site else { return nil }
            return voicemail(context: context)
        default: return nil
        }
    }

    private func voicemail(context: String) -> DialTarget? {
        dialable(model.configuration.voicemailNumber, at: site, context: context, name: "Voicemail")
    }

    /// A number of some site as this site dials it: as it is, or behind the trunk's prefix.
    private func dialable(_ number: String, at home: SiteID, context: String, name: String) -> DialTarget? {
        guard let own = Extension(number), let context = HeaderText(context) else { return nil }
        guard home != site else { return DialTarget(number: own, context: context, name: name) }
        let prefix =
            model.trunk(to: home)?.prefix ?? config(ObjectID(.site, home, "self"))?.value(of: "prefix")?.idText
        guard let prefix, let dialled = Extension(prefix)?.appending(own) else { return nil }
        return DialTarget(number: dialled, context: context, name: name)
    }

    // MARK: Sources

    /// What rings first for a source: `user:`, `phone:` or `exten:` of this site.
    func source(_ text: String?) -> (endpoint: HeaderText, context: String, number: Extension?)? {
        guard let text else { return nil }
        if text.hasPrefix("exten:") {
            let rest = text.dropFirst("exten:".count)
            guard let slash = rest.firstIndex(of: "/"), SiteID(rest[..<slash]) == site,
                let number = Extension(rest[rest.index(after: slash)...]),
                let endpoint = HeaderText("Local/\(number)@\(model.configuration.context)")
            else { return nil }
            return (endpoint, model.configuration.context, number)
        }
        guard let id = ObjectID(text), id.site == site else { return nil }
        switch id.key.type {
        case .user: return model.mainPhone(ofUser: id.key.id).flatMap { line(ofPhone: $0) }
        case .phone: return line(ofPhone: id.key.id)
        default: return nil
        }
    }

    /// The line of a phone of this site.
    func line(ofPhone phone: String) -> (endpoint: HeaderText, context: String, number: Extension?)? {
        guard let name = model.endpoint(ofPhone: phone), let endpoint = HeaderText(name) else { return nil }
        let configured = model.phone(phone)
        return (
            endpoint, configured?.context ?? model.configuration.context, configured.flatMap { Extension($0.number) }
        )
    }

    /// The origin's own user id, when the person is of this site.
    var ownUser: String? { origin.site == site ? origin.user : nil }

    /// The dialplan context in which the origin's calls start.
    var ownContext: String {
        ownUser.flatMap { model.mainPhone(ofUser: $0) }.flatMap { model.phone($0)?.context }
            ?? model.configuration.context
    }
}
