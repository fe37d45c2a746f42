import TandemCore

/// Commands on their way, and other ways when one is lost.
extension Commands {
    /// Hands a command to the next node towards its site.
    mutating func forward(_ key: IdempotencyKey, now: Instant) {
        guard let command = pending[key] else { return }
        guard command.deadline > now else {
            return command.mayBeDelivered ? () : conclude(key, .notDelivered(reason: .timeout, at: site))
        }
        guard let hop = nextHop(to: command.request.target), !command.hops.contains(hop) else {
            if command.mayBeDelivered { return strandOne(key) }
            return conclude(key, .notDelivered(reason: .noRoute, at: site))
        }
        pending[key]?.isHanded(to: hop)
        counters.forwarded += 1
        var request = command.request
        request.timeLeft = command.deadline - now
        send(.command(CommandFrame(request: request, hops: command.hops + [site])), to: hop)
    }

    // MARK: Lost ways

    /// A neighbour is gone: what became of the commands that it had is open.
    mutating func strand(beyond peer: SiteID) {
        let lost = pending.filter { $0.value.nextHop == peer }.keys.sorted { $0.text < $1.text }
        for key in lost {
            pending[key]?.mayBeDelivered = true
            strandOne(key)
        }
    }

    mutating func strandOne(_ key: IdempotencyKey) {
        pending[key]?.nextHop = nil
        guard pending[key]?.isStranded == false else { return }
        pending[key]?.isStranded = true
        stranded.append(key)
    }

    /// Sends stranded commands over another way under the same key: their site answers from its ledger if it has
    /// them already.
    mutating func retryStranded(now: Instant) {
        guard !stranded.isEmpty else { return }
        let keys = stranded
        stranded = []
        for key in keys {
            guard let command = pending[key], command.isStranded else { continue }
            if let hop = nextHop(to: command.request.target), !command.hops.contains(hop) {
                pending[key]?.isStranded = false
                forward(key, now: now)
            } else {
                stranded.append(key)
            }
        }
    }
}
