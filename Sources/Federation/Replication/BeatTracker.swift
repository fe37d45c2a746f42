import TandemCore

/// Judges how current a copy is. The copy was the home's state at `proof`: the moment of the newest beat whose position
/// the copy has reached. Between beats nothing is assumed.
struct BeatTracker: Sendable {
    /// The newest beat heard, whether or not the copy has reached it.
    private(set) var newest: Beat?
    /// Beats beyond the copy's position, oldest first; thinned out to a few.
    private var waiting: [Beat] = []
    /// When the copy was last known to be current.
    private(set) var proof: Instant?
    /// Whether the proof was heard in this life of our node, and not taken over from the store.
    private(set) var isProven = false
    private static let waitingLimit = 8

    init() {}

    /// A copy from the store: shown with its age.
    init(restoredProof: Instant?) { proof = restoredProof }

    /// Takes a beat. True when it is newer than all before it.
    mutating func hear(_ beat: Beat) -> Bool {
        if let newest {
            if (beat.incarnation, beat.number) == (newest.incarnation, newest.number) {
                // The same beat over another way, with a better proof of its age.
                if beat.provenAt > newest.provenAt { wait(for: beat) }
                return false
            }
            guard (beat.incarnation, beat.number) > (newest.incarnation, newest.number) else { return false }
            if beat.incarnation != newest.incarnation { waiting = [] }
        }
        newest = beat
        wait(for: beat)
        return true
    }

    private mutating func wait(for beat: Beat) {
        if let last = waiting.last, last.sequence == beat.sequence {
            waiting[waiting.count - 1] = last.provenAt > beat.provenAt ? last : beat
        } else {
            waiting.append(beat)
            if waiting.count > Self.waitingLimit { waiting.remove(at: waiting.count / 2) }
        }
    }

    /// The copy has reached a position: beats up to it become proof.
    mutating func reached(incarnation: UInt64, sequence: UInt64) {
        while let first = waiting.first, first.incarnation == incarnation, first.sequence <= sequence {
            proof = max(proof ?? first.provenAt, first.provenAt)
            isProven = true
            waiting.removeFirst()
        }
    }

    /// The way was lost, or another life was seen: what was proven before does not make the copy current again.
    mutating func distrust() {
        isProven = false
        waiting = []
    }
}
