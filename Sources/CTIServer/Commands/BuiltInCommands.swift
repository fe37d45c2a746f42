/// The commands of the protocol that every node understands. The login's three steps belong to the session.
enum BuiltInCommands {
    static func register(in registry: CTICommandRegistry) {
        registry.registerHandler(for: Logout.self, Logout.handle)
        registry.registerHandler(for: Keepalive.self, Keepalive.handle)
        registry.registerHandler(for: GetIPBXList.self, GetIPBXList.handle)
        registry.registerHandler(for: GetList.self, GetList.handle)
        registry.registerHandler(for: AvailState.self, AvailState.handle)
        registry.registerHandler(for: ChitChat.self, ChitChat.handle)
        registry.registerHandler(for: IPBXRequest.self, IPBXRequest.handle)
    }
}
