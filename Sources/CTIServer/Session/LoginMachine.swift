import CTIProtocol
import SiteModel
import TandemCore

/// Where a connection stands, and which step may follow (CTI reference 2): `login_id`, `login_pass`, `login_capas`,
/// then commands until `logout`. It decides; the server looks users up, sends lines and closes.
struct LoginMachine {
    /// Where a connection stands.
    enum Phase {
        /// Nothing has been said.
        case stranger
        /// `login_id` was accepted: whoever that is must prove it.
        case named(login: String)
        /// A proof waits for its turn because there were too many failures.
        case waiting
        /// `login_pass` was accepted.
        case proven(User)
        /// `login_capas` was accepted.
        case loggedIn(User)
        /// `logout` was said; the client is expected to close.
        case loggedOut
        /// The server is closing the connection; whatever still arrives is ignored.
        case closing
    }

    /// Who has proven to be whom. A class: it is handed to every handler.
    final class User {
        let id: String
        let login: String
        let configured: SiteConfiguration.User

        init(id: String, login: String, configured: SiteConfiguration.User) {
            self.id = id
            self.login = login
            self.configured = configured
        }
    }

    /// An error that ends the connection: the `error_string`.
    struct Refusal: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }

    private(set) var phase = Phase.stranger

    /// How far the connection has come, as the table of classes counts it.
    var stage: CTIStage {
        switch phase {
        case .stranger, .waiting, .loggedOut, .closing: .connected
        case .named: .identified
        case .proven: .authenticated
        case .loggedIn: .loggedIn
        }
    }

    /// The user, once logged in.
    var user: User? { if case .loggedIn(let user) = phase { user } else { nil } }

    // MARK: login_id

    private static let operatingSystems: Set = ["x11", "win", "mac", "ctiserver", "web", "android", "ios"]
    private static let versions: Set = ["1.2", "2.0", "2.1", "2.2"]
    private static let wazoVersion = "2.3"

    /// `login_id`: checks the fields in the order of the reference, 2.1. Gives the version that the client speaks.
    mutating func identify(_ fields: CTIFields) throws(Refusal) -> String {
        let isWazo = fields.has("wazoversion")
        let required = CTIClass.loginID.entry.required.map {
            isWazo && $0.name == "xivoversion" ? CTIField("wazoversion", $0.kind) : $0
        }
        let texts = try Self.texts(of: required, in: fields)
        let version = texts[3]
        if isWazo {
            guard version == Self.wazoVersion else {
                throw Refusal("wazoversion_client:\(version);\(Self.wazoVersion)")
            }
        } else if !Self.versions.contains(version) {
            throw Refusal("xivoversion_client:\(version);1.2")
        }
        let system = texts[2].prefix { $0 != "-" }
        guard Self.operatingSystems.contains(system.lowercased()) else {
            throw Refusal("wrong_client_os_identifier:\(system)")
        }
        phase = .named(login: texts[1])
        return version
    }

    // MARK: login_pass

    /// What a client offers as proof.
    enum Proof {
        /// SHA-1 over `<sessionid>:<password>`, lower-case hex.
        case hashed(String)
        /// The password itself; only ever accepted over TLS.
        case clear(String)
    }

    /// `login_pass`: the login and the proof that are to be compared.
    func proof(in fields: CTIFields, isSecure: Bool) throws(Refusal) -> (login: String, proof: Proof) {
        guard case .named(let login) = phase else { throw Refusal("notloggedyet") }
        guard fields.has("password"), !fields.has("hashedpassword") else {
            return (login, .hashed(try Self.texts(of: CTIClass.loginPass.entry.required, in: fields)[0]))
        }
        guard isSecure else { throw Refusal("clear_password_needs_tls") }
        return (login, .clear(try Self.texts(of: CTIClass.loginPass.entry.optional, in: fields)[0]))
    }

    /// The proof has to wait; until its turn nothing else may come.
    mutating func wait() { phase = .waiting }

    /// The proof was compared. The profile's name is what `capalist` holds.
    mutating func prove(login: String, user: (id: String, user: SiteConfiguration.User)?, isRight: Bool)
        throws(Refusal) -> String
    {
        guard isRight, let user else { throw Refusal("login_password") }
        guard !user.user.profile.isEmpty else { throw Refusal("capaid_undefined") }
        phase = .proven(User(id: user.id, login: login, configured: user.user))
        return user.user.profile
    }

    /// Compares a proof with a password, in a time that does not tell where they differ. A password that does not
    /// exist is compared as well, so that an unknown login takes as long as a wrong password.
    static func matches(
        _ proof: Proof, password: Secret?, sessionID: String, sha1Hex: (String) -> String
    ) -> Bool {
        let known = password?.reveal() ?? ""
        let expected = sha1Hex(sessionID + ":" + known)
        let offered =
            switch proof {
            case .hashed(let hash): hash
            case .clear(let text): sha1Hex(sessionID + ":" + text)
            }
        return CTIPassword.matches(expected, offered) && password != nil
    }

    // MARK: login_capas

    /// `login_capas`: the user, the profile's name and the presence that is asked for.
    mutating func choose(_ fields: CTIFields, profiles: [String: CTIProfile]) throws(Refusal) -> (
        user: User, profile: CTIProfile, state: String
    ) {
        guard case .proven(let user) = phase else { throw Refusal("notloggedyet") }
        let texts = try Self.texts(of: CTIClass.loginCapas.entry.required, in: fields)
        guard let profile = profiles[texts[1]] else { throw Refusal("unknownprofile") }
        guard texts[1] == user.configured.profile else { throw Refusal("wrongprofile") }
        phase = .loggedIn(user)
        return (user, profile, texts[0])
    }

    // MARK: The end

    /// `logout`
    mutating func logOut() { phase = .loggedOut }
    /// The server closes.
    mutating func close() { phase = .closing }

    private static func texts(of required: [CTIField], in fields: CTIFields) throws(Refusal) -> [String] {
        let missing = required.filter { !fields.has($0.name) }.map(\.name)
        guard missing.isEmpty else { throw Refusal("missing:" + missing.joined(separator: ",")) }
        do throws(CTICommandError) {
            try fields.require(required)
            var texts: [String] = []
            for field in required { texts.append(try fields.id(field.name)) }
            return texts
        } catch {
            throw Refusal(error.description)
        }
    }
}
