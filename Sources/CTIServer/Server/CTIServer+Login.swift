import CTIProtocol
import SiteModel
import TandemCore

/// A proof of identity that waits because there were too many failures.
struct WaitingProof {
    let due: Instant
    let client: ClientID
    let login: String
    let proof: LoginMachine.Proof
    let replyID: JSONValue?
}

extension CTIServer {
    /// The three steps of the login (CTI reference 2).
    func logIn(_ step: CTIClass, _ replyID: JSONValue?, _ fields: CTIFields, _ session: ClientSession) {
        if session.login.user != nil { return warn(session, step.rawValue, replyID, "already_logged_in") }
        do throws(LoginMachine.Refusal) {
            guard session.login.stage >= step.entry.needs else { throw LoginMachine.Refusal("notloggedyet") }
            switch step {
            case .loginID: try identify(replyID, fields, session)
            case .loginPass: try prove(replyID, fields, session)
            default: try choose(replyID, fields, session)
            }
        } catch {
            refuseLogin(error, step, replyID, session)
        }
    }

    private func refuseLogin(
        _ refusal: LoginMachine.Refusal, _ step: CTIClass, _ replyID: JSONValue?, _ session: ClientSession
    ) {
        if refusal.text == "notloggedyet" { counters.notLoggedIn += 1 }
        counters.failedLogins += 1
        log(.info, "\(session.id) from \(session.address): \(step.rawValue) refused: \(refusal.text)")
        refuse(session, step.rawValue, replyID, refusal.text)
    }

    private func identify(
        _ replyID: JSONValue?, _ fields: CTIFields, _ session: ClientSession
    ) throws(LoginMachine.Refusal) {
        let version = try session.login.identify(fields)
        let bytes = encode { writer, now in
            CTIReplies.loginID(
                replyID: replyID, sessionID: session.sessionID, version: version, now: now, into: &writer)
        }
        emit(bytes, to: session)
    }

    // MARK: login_pass

    private func prove(
        _ replyID: JSONValue?, _ fields: CTIFields, _ session: ClientSession
    ) throws(LoginMachine.Refusal) {
        let (login, proof) = try session.login.proof(in: fields, isSecure: session.isSecure)
        switch throttle.attempt(
            at: login, exists: environment?.user(login: login) != nil, from: session.address, now: now.instant)
        {
        case .now: try judge(login, proof, replyID, session)
        case .never:
            counters.throttledLogins += 1
            throw LoginMachine.Refusal("login_throttled")
        case .later(let due):
            counters.throttledLogins += 1
            session.login.wait()
            session.loginDue = nil
            waitingProofs.append(
                WaitingProof(due: due, client: session.id, login: login, proof: proof, replyID: replyID))
        }
    }

    private func judge(
        _ login: String, _ proof: LoginMachine.Proof, _ replyID: JSONValue?, _ session: ClientSession
    ) throws(LoginMachine.Refusal) {
        let user = environment?.user(login: login)
        let isRight = LoginMachine.matches(
            proof, password: user?.user.password, sessionID: session.sessionID, sha1Hex: sha1Hex)
        if isRight { throttle.succeeded(at: login, from: session.address) }
        let profile = try session.login.prove(login: login, user: user, isRight: isRight)
        let bytes = encode { writer, now in
            CTIReplies.loginPass(replyID: replyID, profile: .string(profile), now: now, into: &writer)
        }
        emit(bytes, to: session)
    }

    func judgeWaitingProofs() {
        guard waitingProofs.contains(where: { $0.due <= now.instant }) else { return }
        let due = waitingProofs.filter { $0.due <= now.instant }
        waitingProofs.removeAll { $0.due <= now.instant }
        for proof in due {
            guard let session = sessions[proof.client], !session.isClosing else { continue }
            awaitLogin(session)
            do throws(LoginMachine.Refusal) {
                try judge(proof.login, proof.proof, proof.replyID, session)
            } catch {
                refuseLogin(error, .loginPass, proof.replyID, session)
            }
        }
    }

    // MARK: login_capas

    private func choose(
        _ replyID: JSONValue?, _ fields: CTIFields, _ session: ClientSession
    ) throws(LoginMachine.Refusal) {
        guard let environment else { throw LoginMachine.Refusal("unavailable") }
        let (user, profile, state) = try session.login.choose(fields, profiles: configuration.profiles)
        session.loginDue = nil
        strangers.leave(session.id)
        session.rights = ProfileRights(name: user.configured.profile, profile: profile)
        session.isCounted = true
        counters.logins += 1
        effects.append(.setLineLimit(session.id, configuration.lineLimit))
        log(.info, "\(session.id) from \(session.address): \(user.login) logged in as user \(user.id)")
        let isFirst = connectionsOfUser[user.id] == nil
        connectionsOfUser[user.id, default: []].append(session.id)
        if isFirst { environment.setConnected(user: user.id, connected: true) }
        // A state that the site does not have is ignored; the login goes on.
        _ = environment.setPresence(user: user.id, state: state)
        // The reply tells the client that its presence is set, so it waits until that is durable. A store that cannot be
        // written keeps nobody out: the presence counts, and is written when it can be.
        environment.whenStored { [self] _ in
            guard sessions[session.id] === session, session.login.user === user else { return }
            welcome(user, profile, replyID, session)
        }
    }

    private func welcome(
        _ user: LoginMachine.User, _ profile: CTIProfile, _ replyID: JSONValue?, _ session: ClientSession
    ) {
        guard let environment else { return }
        let capabilities = Capabilities(
            profile: profile, pbx: environment.capabilities,
            pbxsElsewhere: environment.capabilitiesElsewhere, isServed: { [registry] in registry.serves($0) },
            presences: environment.presences, phoneStates: configuration.phoneStates)
        let bytes = encode { writer, now in
            CTIReplies.loginCapas(
                replyID: replyID, site: environment.homeSite, user: user.id, applicationName: profile.displayName,
                xlets: capabilities.xlets, capas: capabilities.capas, now: now, into: &writer)
        }
        emit(bytes, to: session)
        session.isSubscribed = true
        subscriberCount += 1
        effects.append(.subscribed(session.id, true))
    }

    // MARK: logout

    /// The user leaves on this connection: presence `disconnected`, then the acknowledgement (CTI reference 2.5). The
    /// client closes; if it does not, the login's time limit closes it.
    func logOut(_ connection: CTIConnection) {
        let session = connection.session
        leave(session)
        _ = connection.environment.setPresence(user: connection.userID, state: "disconnected")
        session.login.logOut()
        awaitLogin(session)
        connection.environment.whenStored { _ in connection.reply() }
    }
}
