import CTIProtocol
import SiteModel
import TandemCore

/// What a handler sees of the connection on which a command came, and its way to answer. A handler may keep it and
/// answer later; when the client has gone by then, the answer is dropped and counted.
///
/// Lives on the node's loop; it is not `Sendable`.
public struct CTIConnection {
    /// The connection.
    public let client: ClientID
    /// The class of the command.
    public let commandClass: String
    /// What the command's `commandid` becomes in each reply; nil: none was sent.
    public let replyID: JSONValue?
    /// When the command came.
    public let now: Moment
    /// The node.
    public let environment: any CTIEnvironment
    let server: CTIServer
    let session: ClientSession
    let account: LoginMachine.User
    let rights: ProfileRights

    /// Id of the logged-in user at the home site, e.g. `5`.
    public var userID: String { account.id }
    /// What is configured for the user.
    public var user: SiteConfiguration.User { account.configured }
    /// The name of the user's profile, e.g. `client`.
    public var profileName: String { rights.name }
    /// What the profile allows.
    public var profile: CTIProfile { rights.profile }
    /// The client's address as the shell knows it.
    public var address: String { session.address }
    /// Whether the connection is encrypted.
    public var isSecure: Bool { session.isSecure }
    /// `user:paris/5`.
    public var userObject: ObjectID { ObjectID(.user, environment.homeSite, userID) }

    /// Whom the special forms mean on this connection.
    var requester: CTIRequester {
        CTIRequester(
            home: environment.homeSite, user: account.id, agent: account.configured.agent,
            voicemail: account.configured.voicemail)
    }

    /// Sends `{"class":C,"replyid":N}` with these members. May be called any number of times.
    public func reply(_ members: JSONObject = [:]) {
        server.reply(self) { writer in
            for (key, value) in members where !CTIServer.isEnvelope(key) {
                writer.key(key)
                writer.value(value)
            }
        }
    }

    /// Sends `{"class":C,"replyid":N}` with members that a closure writes straight into the line.
    public func reply(writing members: (inout JSONWriter) -> Void) { server.reply(self, members) }

    /// Sends a line of any class to this client, with `timenow`.
    public func send(_ message: JSONObject) { server.send(message, to: client) }

    /// Sends a message to every connection of a user of this site; returns how many there are.
    public func deliver(toUser user: String, _ message: JSONObject) -> Int {
        server.deliver(toUser: user, message: message, now: now)
    }

    /// Hands a command to the site that executes it. Its progress and outcome become replies to this command.
    ///
    /// False: too many commands of this client are unanswered; the client has been told.
    @discardableResult
    public func submit(_ submission: CTISubmission) -> Bool {
        server.submit(submission, for: self, style: .plain)
    }

    /// Runs a closure once everything said so far is durable, for acknowledgements that must survive a crash. When the
    /// store cannot be written, the client gets the warning `store_unavailable` instead.
    public func whenStored(_ body: @escaping () -> Void) {
        environment.whenStored { isDurable in
            if isDurable {
                body()
            } else {
                reply(["warning_string": "store_unavailable"])
            }
        }
    }
}
