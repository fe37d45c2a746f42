import TandemCore

/// A site as this node holds it: our own, or a copy.
struct Origin: Sendable {
    var copy: SiteCopy
    var log: OperationLog
    var beats = BeatTracker()
    /// The neighbour from which the newest beat came.
    var beatSource: SiteID?
    /// The highest life heard of, from beats or link states.
    var heardIncarnation: UInt64 = 0
    /// The neighbour that the copy is pulled from.
    var source: SiteID?
    /// Numbers our pulls; messages of an earlier one are skipped.
    var pull: UInt64 = 0
    /// A snapshot that is arriving.
    var incoming: IncomingSnapshot?
    /// The snapshot under way replaces a copy that is known to be wrong.
    var isRepairing = false
    /// What was accepted when the copy was last taken whole; nil: never in this life of ours.
    var acceptedUnder: TypeFilter?
    var repairAllowedAt: Instant?
    /// Changes applied since the last acknowledgement.
    var unacknowledged = 0
    /// Beats for which the copy was behind and did not move, and how many of them are one too many.
    private var idleBeats = 0
    private var idleLimit = 10
    /// The position at the last of our beats.
    private var watchedSequence: UInt64 = 0
    /// What was last reported.
    var reported: Freshness?
    /// The earliest moment at which the deadlines' queue looks at this site; nil: it does not.
    var watchedAt: Instant?

    init(copy: SiteCopy, logLength: Int) {
        self.copy = copy
        log = OperationLog(after: copy.sequence, limit: logLength)
    }

    // MARK: Changes

    /// A change of our own site. False when it changes nothing.
    mutating func applyLocal(_ change: ObjectChange, element: [UInt8]) -> Bool {
        guard copy.apply(change) else { return false }
        copy.sequence += 1
        log.append(OperationLog.Entry(type: change.key.type, bytes: element))
        return true
    }

    /// Changes from a peer; those that are known already are skipped. The frame begins at or before our position + 1.
    mutating func apply(_ frame: ChangesFrame, accept: TypeFilter, into changes: inout [ObjectChange]) {
        var sequence = frame.from
        for item in frame.list {
            switch item {
            case .hole(let length):
                let end = sequence + length - 1
                if end > copy.sequence {
                    log.skip(end - copy.sequence)
                    copy.sequence = end
                }
                sequence += length
            case .change(let change, let encoded):
                if sequence > copy.sequence {
                    copy.sequence = sequence
                    if accept.passes(change.key.type) {
                        log.append(OperationLog.Entry(type: change.key.type, bytes: encoded))
                        if copy.apply(change) { changes.append(change) }
                    } else {
                        log.skip(1)
                    }
                }
                sequence += 1
            }
        }
    }

    /// Counts one of our beats. True when the copy has been behind and has not moved for too many of them.
    mutating func hasIdledTooLong() -> Bool {
        guard source != nil, incoming == nil, let newest = beats.newest, copy.sequence == watchedSequence,
            (newest.incarnation, newest.sequence) > (copy.incarnation, copy.sequence)
        else {
            watchedSequence = copy.sequence
            idleBeats = 0
            idleLimit = 10
            return false
        }
        idleBeats += 1
        guard idleBeats >= idleLimit else { return false }
        idleBeats = 0
        idleLimit = min(idleLimit * 2, 320)
        return true
    }

    // MARK: Judgement

    /// Fresh only what is proven in this life of ours, recently, for the newest life of the site that anyone has heard
    /// of, while a way leads there.
    func judgement(isReachable: Bool, timings: FederationTimings, now: Instant) -> Freshness {
        guard let proof = beats.proof else { return .unknown }
        let age = now - proof
        if age > timings.unknownAfter { return .unknown }
        if isReachable, beats.isProven, age <= timings.staleAfter, copy.incarnation > 0,
            copy.incarnation >= heardIncarnation
        {
            return .fresh
        }
        return .stale(since: proof)
    }

    /// When the copy's judgement changes by time alone; nil for our own site, and for one that is forgotten.
    func judgementDeadline(_ timings: FederationTimings) -> Instant? {
        guard let proof = beats.proof else { return nil }
        if case .unknown? = reported, copy.count == 0 { return nil }
        // One nanosecond beyond, because the limits themselves still count as in time.
        let limit =
            switch reported {
            case .fresh?: proof + timings.staleAfter
            case .stale?: proof + timings.unknownAfter
            default: proof + timings.forgetAfter
            }
        return Instant(nanoseconds: limit.nanoseconds + 1)
    }
}
