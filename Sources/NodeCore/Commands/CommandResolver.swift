import CTIProtocol
import Federation
import PBX
import SiteModel
import TandemCore

/// Resolves the addresses of a command into what this site's PBX understands. Reads this site's model and the copies.
///
/// It reads through the node instead of holding copies of its cores: a copy that is alive while the original changes would
/// duplicate every table.
struct CommandResolver {
    let node: NodeCore
    let origin: CommandOrigin

    var site: SiteID { node.site }

    /// Config of an object anywhere in the federation.
    func config(_ id: ObjectID) -> EncodedObject? { node.object(id)?.config }

    // MARK: Destinations

    /// The number that this site's PBX dials for a destination: an object or a number of any site (CTI reference 4.16).
    func target(_ address: CTIAddress?, context: String) -> DialTarget? {
        switch address {
        case .object(let id)?: target(id, context: context)
        case .number(let number, let home)?: dialable(number, at: home ?? site, context: context, name: "")
        case .all?, .me?, .myVoicemail?, nil: nil
        }
    }

    /// The number of an object, through the trunk when it is elsewhere.
    func target(_ id: ObjectID, context: String) -> DialTarget? {
        switch id.key.type {
        case .user:
            guard let user = config(id) else { return nil }
            let name = user.value(of: "fullname")?.stringValue ?? ""
            guard let phone = user.value(of: "linelist")?.arrayValue?.first?.idText,
                let number = config(ObjectID(.phone, id.site, phone))?.value(of: "number")?.idText
            else { return nil }
            return dialable(Extension(number), at: id.site, context: context, name: name)
        case .phone, .queue, .group:
            guard let object = config(id), let number = object.value(of: "number")?.idText else { return nil }
            let name = object.value(of: id.key.type == .phone ? "displayname" : "name")?.stringValue ?? ""
            return dialable(Extension(number), at: id.site, context: context, name: name)
        case .meetme:
            guard let object = config(id), let number = object.value(of: "confno")?.idText else { return nil }
            return dialable(
                Extension(number), at: id.site, context: context,
                name: "meetme " + (object.value(of: "name")?.stringValue ?? ""))
        case .voicemail:
            guard id.site == site else { return nil }
            return dialable(
                Extension(node.model.configuration.voicemailNumber), at: site, context: context, name: "Voicemail")
        case .agent, .queueMember, .channel, .trunk, .parking, .site: return nil
        }
    }

    /// A number of some site as this site dials it: as it is, or behind the trunk's prefix.
    private func dialable(_ number: Extension?, at home: SiteID, context: String, name: String) -> DialTarget? {
        guard let number, let context = ContextName(context) else { return nil }
        guard home != site else { return DialTarget(number: number, context: context, name: name) }
        let prefix =
            node.model.trunk(to: home)?.prefix ?? config(ObjectID(.site, home, "self"))?.value(of: "prefix")?.idText
        guard let prefix, let dialled = Extension(prefix)?.appending(number) else { return nil }
        return DialTarget(number: dialled, context: context, name: name)
    }

    // MARK: Sources

    /// What rings first for a source: a user, a phone or a number of this site.
    func source(_ address: CTIAddress?) -> CallSource? {
        switch address {
        case .object(let id)? where id.site == site && id.key.type == .user:
            return node.model.mainPhone(ofUser: id.key.id).flatMap { line(ofPhone: $0) }
        case .object(let id)? where id.site == site && id.key.type == .phone:
            return line(ofPhone: id.key.id)
        case .number(let number, let home)? where home == site:
            let context = node.model.configuration.context
            return ContextName(context).map {
                CallSource(
                    party: .number(number, context: $0), context: context, number: number,
                    name: node.model.phone(number: number.text, context: context).flatMap {
                        node.model.fullName(ofPhone: $0)
                    })
            }
        default: return nil
        }
    }

    /// The line of a phone of this site.
    func line(ofPhone phone: String) -> CallSource? {
        guard let name = node.model.endpoint(ofPhone: phone), let endpoint = DeviceName(name) else { return nil }
        let configured = node.model.phone(phone)
        return CallSource(
            party: .device(endpoint), context: configured?.context ?? node.model.configuration.context,
            number: configured.flatMap { Extension($0.number) }, name: node.model.fullName(ofPhone: phone))
    }

    // MARK: The one who asks

    /// The origin's own user id, when the person is of this site.
    var ownUser: String? { origin.site == site ? origin.user : nil }

    /// The dialplan context in which the origin's calls start.
    var ownContext: String {
        ownUser.flatMap { node.model.mainPhone(ofUser: $0) }.flatMap { node.model.phone($0)?.context }
            ?? node.model.configuration.context
    }
}
