import CTIProtocol
import TandemCore

// Changes of the configuration while clients are connected.
extension CTIServer {
    /// Ends the connections of people who are not configured any more, each with a `disconnect` of type `force`.
    public func endConnections(where isGone: (_ user: String, _ login: String) -> Bool, now: Moment) {
        self.now = now
        let gone = sessions.values.filter { session in
            session.login.user.map { isGone($0.id, $0.login) } ?? false
        }
        guard !gone.isEmpty else { return }
        let notice = encode { writer, now in CTIPush.disconnect(type: "force", now: now, into: &writer) }
        for session in gone.sorted(by: { $0.id < $1.id }) {
            emit(notice, to: session)
            close(session, reason: "the user is not configured any more")
        }
    }
}
