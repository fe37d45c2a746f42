import CTIProtocol

/// A profile prepared for the check that every command has to pass. The table of `CTIProtocol` decides about the
/// protocol's own classes and commands; a class that somebody added must stand in the profile.
final class ProfileRights {
    let name: String
    let profile: CTIProfile
    private let permissions: CTIPermissions
    private let added: Set<String>

    init(name: String, profile: CTIProfile) {
        self.name = name
        self.profile = profile
        permissions = CTIPermissions(
            classes: profile.regcommands, commands: profile.ipbxcommands, forOthers: profile.ipbxcommandsOthers)
        added = Set(profile.regcommands.filter { CTIClass(rawValue: $0) == nil })
    }

    func allows(_ messageClass: CTIClass) -> Bool { permissions.allows(messageClass) }
    func allows(_ verb: CTIVerb) -> Bool { permissions.allows(verb) }
    /// A class that is not of the protocol.
    func allows(added commandClass: String) -> Bool { added.contains(commandClass) }
    /// Whether a command may be about what is not the user's own.
    func allowsForOthers(_ verb: CTIVerb) -> Bool { permissions.allowsForOthers(verb) }
    /// Whether a class may be used for another user than oneself.
    func allowsForOthers(_ messageClass: CTIClass) -> Bool {
        messageClass.entry.rightForOthers.map { profile.rights.contains($0) } ?? true
    }
}
