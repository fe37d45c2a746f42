import CTIProtocol
import PBX
import TandemCore

// Conference rooms.
extension CommandPlanner {
    func meetme() -> CommandPlan {
        guard let function = command.text(.function), let named = command.room(.functionArguments) else {
            return .refuse("function and functionargs are needed", reply: "noaction")
        }
        guard let room = node.model.room(named.id), let place = PlaceName(room.number) else {
            return .refuse("there is no room \(named.text) at \(site)", reply: "noaction")
        }
        guard let seat = named.seat, let channel = node.model.roomMember(room.id, seat),
            let member = ChannelName(channel)
        else {
            return .refuse("nobody has seat \(named.rest.first ?? "") in room \(room.number)", reply: "noaction")
        }
        switch function {
        case "MeetmeMute": return .actions([.roomMute(room: place, channel: member, muted: true)], result: [:])
        case "MeetmeUnmute": return .actions([.roomMute(room: place, channel: member, muted: false)], result: [:])
        case "MeetmeKick": return .actions([.roomKick(room: place, channel: member)], result: [:])
        default: return .refuse("the PBX has no function \(function)", reply: "noaction")
        }
    }
}
