import TandemCore

// The CTI side of a user: presence, connection, features.
extension SiteModel {
    /// Sets a user's presence (CTI reference 4.4). False: no such user or no such state; nothing changes then.
    public mutating func setPresence(
        user: String, state: String, at now: Moment, into changes: inout [ObjectChange]
    ) -> Bool {
        guard let slot = users.slot(user), presenceNames.contains(state) else { return false }
        present = Int(now.unixTime)
        if assign(&users[slot].presence, state) { touchUser(slot, status: UserRecord.Status.presence) }
        flush(into: &changes)
        return true
    }

    /// Tells whether a CTI client of the user is connected. False: no such user.
    @discardableResult
    public mutating func setConnection(
        user: String, connected: Bool, at now: Moment, into changes: inout [ObjectChange]
    ) -> Bool {
        guard let slot = users.slot(user) else { return false }
        present = Int(now.unixTime)
        if assign(&users[slot].isConnected, connected) { touchUser(slot, status: UserRecord.Status.connection) }
        flush(into: &changes)
        return true
    }

    /// Sets a call feature (CTI reference 4.6). False: no such user. A forward that is enabled without a destination
    /// is switched off.
    @discardableResult
    public mutating func setFeature(
        user: String, _ feature: UserFeature, at now: Moment, into changes: inout [ObjectChange]
    ) -> Bool {
        guard let slot = users.slot(user) else { return false }
        present = Int(now.unixTime)
        typealias Keys = UserRecord.Config
        var keys: UInt32 = 0
        switch feature {
        case .doNotDisturb(let on): if assign(&users[slot].features.doNotDisturb, on) { keys = Keys.dnd }
        case .callFilter(let on): if assign(&users[slot].features.callFilter, on) { keys = Keys.filter }
        case .voicemail(let on): if assign(&users[slot].features.voicemail, on) { keys = Keys.voicemail }
        case .recording(let on): if assign(&users[slot].features.recording, on) { keys = Keys.recording }
        case .unconditional(let forward):
            if assign(&users[slot].features.unconditional, usable(forward)) { keys = Keys.unconditional }
        case .noAnswer(let forward):
            if assign(&users[slot].features.noAnswer, usable(forward)) { keys = Keys.noAnswer }
        case .busy(let forward): if assign(&users[slot].features.busy, usable(forward)) { keys = Keys.busy }
        }
        if keys != 0 { touchUser(slot, config: keys) }
        flush(into: &changes)
        return true
    }

    private func usable(_ forward: UserFeatures.Forward) -> UserFeatures.Forward {
        UserFeatures.Forward(
            isEnabled: forward.isEnabled && !forward.destination.isEmpty, destination: forward.destination)
    }

    /// The user's features, or nil.
    public func features(ofUser user: String) -> UserFeatures? { users.slot(user).map { users[$0].features } }

    /// The user's presence, or nil.
    public func presence(ofUser user: String) -> String? { users.slot(user).map { users[$0].presence } }

    /// Sets what was stored before a restart; unknown users and states are skipped. Features that the store did not
    /// hold stay as they are.
    public mutating func restore(
        presences: [String: String], features: [String: UserFeatures] = [:], into changes: inout [ObjectChange]
    ) {
        for (user, state) in presences.sorted(by: { $0.key < $1.key }) {
            guard let slot = users.slot(user), presenceNames.contains(state) else { continue }
            if assign(&users[slot].presence, state) { touchUser(slot, status: UserRecord.Status.presence) }
        }
        for (user, stored) in features.sorted(by: { $0.key < $1.key }) {
            guard let slot = users.slot(user) else { continue }
            if assign(&users[slot].features, stored) { touchUser(slot, config: ~UserRecord.Config.identity) }
        }
        flush(into: &changes)
    }
}
