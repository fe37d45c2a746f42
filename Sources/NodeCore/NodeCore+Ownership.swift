import CTIProtocol
import SiteModel
import TandemCore

// Whose things a command names: those of a user are at the user's own site.
extension NodeCore {
    /// Whether what an argument names is a user's own; all of it, where it names several.
    public func isOwn(_ argument: CTIArgumentKey, of command: IPBXCommand, user: String) -> Bool {
        switch command[argument] {
        case .address(let address)?: isOwn(address, user)
        case .addresses(let list)?: !list.isEmpty && list.allSatisfy { isOwn($0, user) }
        case .room(let room)?: isOwnSeat(room, user)
        // A mailbox that is named by its number.
        case .text(let number)? where argument == .mailbox: isOwnMailbox(number, command.mailboxContext, user)
        case .number, .text, .integer, .flag, nil: false
        }
    }

    private func isOwn(_ address: CTIAddress, _ user: String) -> Bool {
        switch address {
        case .object(let id) where id.site == site: isOwn(id.key, user)
        case .number(let number, let home) where home ?? site == site: isOwnNumber(number, user)
        case .object, .number, .all, .me, .myVoicemail: false
        }
    }

    private func isOwn(_ key: ObjectKey, _ user: String) -> Bool {
        switch key.type {
        case .user: key.id == user
        case .phone: model.phones(ofUser: user).contains(key.id)
        case .agent: model.user(user)?.agent == key.id
        case .voicemail: model.user(user)?.voicemail == key.id
        case .channel: isOwnCall(key.id, user)
        case .queue, .queueMember, .group, .meetme, .trunk, .parking, .site: false
        }
    }

    /// Whether a channel is one end of a call that one of the user's phones has.
    private func isOwnCall(_ channel: String, _ user: String) -> Bool {
        let phones = model.phones(ofUser: user)
        return [channel, model.peer(of: channel)].contains { name in
            name.flatMap { model.channel($0)?.phone }.map(phones.contains) ?? false
        }
    }

    /// Numbers are dialled in the context of the site.
    private func isOwnNumber(_ number: Extension, _ user: String) -> Bool {
        model.phones(ofUser: user).contains { phone in
            reaches(ObjectKey(.phone, phone), number.text, model.configuration.context)
        }
    }

    private func isOwnMailbox(_ number: String, _ context: String, _ user: String) -> Bool {
        guard let mailbox = model.user(user)?.voicemail else { return false }
        return reaches(ObjectKey(.voicemail, mailbox), number, context)
    }

    private func reaches(_ key: ObjectKey, _ number: String, _ context: String) -> Bool {
        model.number(of: key).map { $0.number == number && $0.context == context } ?? false
    }

    private func isOwnSeat(_ room: IPBXCommand.Room, _ user: String) -> Bool {
        guard room.site ?? site == site, let found = model.room(room.id), let seat = room.seat,
            let channel = model.roomMember(found.id, seat)
        else { return false }
        return isOwnCall(channel, user)
    }
}

extension IPBXCommand {
    /// The context of a mailbox that is named by its number.
    var mailboxContext: String { text(.context) ?? "default" }
}

extension IPBXCommand.Room {
    /// The seat that follows the room; nil: none, or no number.
    var seat: Int? { rest.first.flatMap { Int($0) } }
}
