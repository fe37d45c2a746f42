import TandemCore

/// The CTI port as operators see it.
public struct CTIServerStatus: Hashable, Sendable {
    /// One client.
    public struct Connection: Hashable, Sendable {
        /// The connection.
        public var client: ClientID
        /// The login name; nil before login.
        public var login: String?
        /// The user's id; nil before login.
        public var userID: String?
        /// The profile's name; nil before login.
        public var profile: String?
        /// Where the client is.
        public var address: String
        /// Whether the connection is encrypted.
        public var isSecure: Bool
        /// When it came, Unix seconds.
        public var since: Double
        /// Bytes of its lines.
        public var bytesIn: Int
        /// Bytes sent to it alone; pushes are not counted here.
        public var bytesOut: Int
        /// Commands that are not answered yet.
        public var pendingCommands: Int
    }

    /// All connections, oldest first.
    public var connections: [Connection]
    /// Logged-in connections per profile.
    public var profiles: [String: Int]
    /// Connections that are logged in.
    public var loggedIn: Int
}

extension CTIServer {
    /// The port as operators see it.
    public var status: CTIServerStatus {
        var profiles: [String: Int] = [:]
        let connections = sessions.values.sorted { $0.id < $1.id }.map { session in
            let user = session.login.user
            if user != nil { profiles[session.rights?.name ?? "", default: 0] += 1 }
            return CTIServerStatus.Connection(
                client: session.id, login: user?.login, userID: user?.id,
                profile: user == nil ? nil : session.rights?.name, address: session.address,
                isSecure: session.isSecure, since: session.since.unixTime, bytesIn: session.bytesIn,
                bytesOut: session.bytesOut, pendingCommands: session.tickets.count)
        }
        return CTIServerStatus(connections: connections, profiles: profiles, loggedIn: loggedInCount)
    }

    /// How many connections are open, logged in or not.
    public var connectionCount: Int { sessions.count }

    /// How many connections are logged in.
    public var loggedInCount: Int { connectionsOfUser.values.reduce(0) { $0 + $1.count } }
}
