import PBX
import SiteModel
import TandemCore

// What is seen at the PBX.
extension NodeCore {
    /// The driver saw something.
    public func pbxSaw(_ events: [PBXEvent], now: Moment) {
        self.now = now
        var changes: [ObjectChange] = []
        for event in events {
            switch event {
            case .fact(let fact): follow(fact, into: &changes)
            case .action(let token, let event):
                if case .channel(let channel) = event {
                    // With the node's life: the tokens begin anew with each.
                    let action = "\(site)-\(federation.incarnation)-\(token.number)"
                    model.setAutocall(channel: channel, action: action, at: now, into: &changes)
                }
                // What was seen before the outcome is shown before it.
                publish(&changes)
                actionEnded(token, event)
            }
        }
        publish(&changes)
        settle()
    }

    private func follow(_ fact: PBXFact, into changes: inout [ObjectChange]) {
        if let (endpoint, found) = history.follow(fact, now: now), let phone = model.phone(endpoint: endpoint) {
            var record = found
            record.phone = phone
            record.user = model.usersOfPhone(phone).first
            effects.append(.store(.call(record)))
        }
        model.apply(fact, at: now, into: &changes)
        guard pbx.follow(fact, at: now) else { return }
        publish(&changes)
        showFreshness(of: site)
    }
}
