import PBX
import SiteModel
import TandemCore

// Calls from and to other sites. The two halves of a call are two legs in two PBXs, which signals keep in step.
extension SimulatedPBX {
    /// Tells to which sites a carrier connects us, all of them: also those to which no trunk leads yet. Numbers of other
    /// sites cannot be reached; calls under way to them end.
    public mutating func setTrunks(reachable sites: Set<SiteID>, at now: Moment) -> [PBXEvent] {
        clock = now
        let changed = reachable.symmetricDifference(sites)
        reachable = sites
        for (_, trunk) in configuration.trunks.sorted(by: { $0.key < $1.key }) {
            guard let site = trunk.site, changed.contains(site) else { continue }
            tell(.trunkState(name: Endpoint.parts(trunk.endpoint).name, reachable: sites.contains(site)))
        }
        endTrunkCalls { site, _ in !sites.contains(site) }
        return taken()
    }

    /// Ends the calls over trunks that are no more, or that lead nowhere.
    mutating func endTrunkCalls(where isLost: (_ site: SiteID, _ endpoint: String) -> Bool) {
        for leg in legs.values.sorted(by: { $0.name < $1.name }) {
            guard let site = leg.trunkSite, isLost(site, leg.endpoint) else { continue }
            hangUp(leg.name, cause: .networkOutOfOrder)
        }
    }

    mutating func signal(_ leg: Leg, _ step: TrunkSignal.Step) {
        guard let call = leg.trunkCall, let site = leg.trunkSite else { return }
        signals.append(TrunkSignal(call: call, from: configuration.site, to: site, step: step))
    }

    /// Calls a number of another site; false: no trunk leads there. An unreachable trunk ends the call (cause 20).
    mutating func callTrunk(_ channel: String, _ number: String, purpose: Purpose = .call) -> Bool {
        guard let leg = legs[channel] else { return false }
        for (_, trunk) in configuration.trunks.sorted(by: { $0.key < $1.key }) {
            guard let site = trunk.site, let prefix = trunk.prefix ?? behaviour.sitePrefixes[site], !prefix.isEmpty,
                number.hasPrefix(prefix), number.count > prefix.count
            else { continue }
            guard reachable.contains(site) else {
                if purpose == .call { hangUp(channel, cause: .subscriberAbsent) }
                return purpose == .call
            }
            serial += 1
            let dial = serial
            let far = String(number.dropFirst(prefix.count))
            let callee = makeLeg(
                endpoint: trunk.endpoint, phone: nil, state: .down, callerNumber: number, callerName: "", dialled: far,
                linkedID: leg.linkedID)
            let call = configuration.site.name + "-" + String(life) + "-" + String(serial)
            legs[callee]?.trunkCall = call
            legs[callee]?.trunkSite = site
            legs[callee]?.dialedBy = dial
            legs[channel]?.dialing = dial
            trunkCalls[call] = callee
            dials[dial] = Dial(id: dial, caller: channel, callees: [callee], purpose: purpose)
            tell(.dialBegan(caller: channel, callee: callee))
            signals.append(
                TrunkSignal(
                    call: call, from: configuration.site, to: site,
                    step: .setup(number: far, callerNumber: leg.callerNumber, callerName: leg.callerName)))
            after(behaviour.ringTimeout + .seconds(10), .dialTimeout(dial: dial))
            return true
        }
        return false
    }

    /// Takes what another site's PBX signals.
    public mutating func receive(_ signal: TrunkSignal, at now: Moment) -> [PBXEvent] {
        clock = now
        // Signals may come twice (a link that is lost hands them on again), and only a call's own site speaks for it.
        if let channel = trunkCalls[signal.call] {
            if case .setup = signal.step { return taken() }
            guard legs[channel]?.trunkSite == signal.from else { return taken() }
        }
        switch signal.step {
        case .setup(let number, let callerNumber, let callerName):
            accept(signal, number: number, callerNumber: callerNumber, callerName: callerName)
        case .ringing:
            if let channel = trunkCalls[signal.call] {
                setState(channel, .ringing)
                if let id = legs[channel]?.dialedBy, let caller = dials[id]?.caller.flatMap({ legs[$0] }),
                    caller.isIncoming
                {
                    self.signal(caller, .ringing)
                }
            }
        case .answered: if let channel = trunkCalls[signal.call] { answer(channel) }
        case .ended(let cause):
            if let channel = trunkCalls.removeValue(forKey: signal.call) {
                // The far half is gone already: nobody is to be told.
                legs[channel]?.trunkCall = nil
                hangUp(channel, cause: cause)
            }
        }
        return taken()
    }

    private mutating func accept(_ signal: TrunkSignal, number: String, callerNumber: String, callerName: String) {
        let trunk = configuration.trunks.sorted { $0.key < $1.key }.first { $0.value.site == signal.from }
        guard let endpoint = trunk?.value.endpoint, reachable.contains(signal.from) else {
            signals.append(
                TrunkSignal(
                    call: signal.call, from: configuration.site, to: signal.from, step: .ended(cause: .subscriberAbsent)
                ))
            return
        }
        let channel = makeLeg(
            endpoint: endpoint, phone: nil, state: .ring, callerNumber: callerNumber, callerName: callerName,
            dialled: number, linkedID: nil)
        legs[channel]?.trunkCall = signal.call
        legs[channel]?.trunkSite = signal.from
        legs[channel]?.isIncoming = true
        trunkCalls[signal.call] = channel
        execute(channel, number)
    }
}
