/// A call in a user's history (CTI reference: `history`).
public struct CallRecord: Hashable, Sendable {
    /// Which way, and what became of it.
    public enum Direction: Int, CaseIterable, Hashable, Sendable {
        /// The user called.
        case outgoing = 0
        /// The user was called and answered.
        case answered = 1
        /// The user was called and did not answer.
        case missed = 2
    }
    /// The user's id at this site.
    public var user: String
    /// Which way.
    public var direction: Direction
    /// The other side's number.
    public var number: String
    /// The other side's name; may be empty.
    public var name: String
    /// Begin, Unix seconds.
    public var start: Double
    /// Seconds of conversation.
    public var duration: Double
    /// Makes a record.
    public init(user: String, direction: Direction, number: String, name: String, start: Double, duration: Double) {
        self.user = user
        self.direction = direction
        self.number = number
        self.name = name
        self.start = start
        self.duration = duration
    }
}
