import CTIServer
import Configuration

extension CTIServerConfiguration {
    /// What the configuration file says of the CTI port. A profile that lists no commands gets those of the stock
    /// profile of its name, or of `client`.
    init(_ settings: CTISettings) {
        self.init()
        if !settings.banner { banner = nil }
        loginTimeout = settings.loginTimeout
        connections = settings.maximumClients
        lineLimitBeforeLogin = settings.lineBeforeLogin
        lineLimit = settings.lineAfterLogin
        for (name, profile) in settings.profiles {
            let stock = profiles[name] ?? .client
            let commands = profile.ipbxcommands ?? stock.ipbxcommands
            profiles[name] = CTIProfile(
                displayName: profile.name, xlets: profile.xlets.isEmpty ? stock.xlets : profile.xlets,
                regcommands: profile.regcommands ?? stock.regcommands,
                ipbxcommands: commands, ipbxcommandsOthers: profile.ipbxcommandsOthers ?? stock.ipbxcommandsOthers,
                services: profile.services,
                preferences: profile.preferences, rights: stock.rights)
        }
    }
}
