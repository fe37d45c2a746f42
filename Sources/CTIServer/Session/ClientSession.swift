import TandemCore

/// One client connection as the server sees it. A class, so that handlers which re-enter the server meet no
/// overlapping access.
final class ClientSession {
    let id: ClientID
    let isSecure: Bool
    let address: String
    /// The challenge of the login, fresh for each connection.
    let sessionID: String
    let since: Moment
    var login = LoginMachine()
    /// When the login must be complete; nil: it is.
    var loginDue: Instant?
    /// What the user may do; nil before login.
    var rights: ProfileRights?
    var isSubscribed = false
    /// Whether this connection counts among its user's.
    var isCounted = false
    var bytesIn = 0
    var bytesOut = 0
    var tickets: Set<CTITicket> = []

    init(id: ClientID, isSecure: Bool, address: String, sessionID: String, since: Moment) {
        self.id = id
        self.isSecure = isSecure
        self.address = address
        self.sessionID = sessionID
        self.since = since
    }

    var isClosing: Bool { if case .closing = login.phase { true } else { false } }
}
