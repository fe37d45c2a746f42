/// A finished call as one of this site's phones saw it.
public struct FinishedCall: Hashable, Sendable {
    /// The phone's id; its user's id, if it has one.
    public var phone: String
    /// The user of the phone.
    public var user: String?
    /// Whether the phone called.
    public var outgoing: Bool
    /// Whether the two ever talked.
    public var answered: Bool
    /// The other party.
    public var number: String
    /// The other party's name; may be empty.
    public var name: String
    /// When it began, Unix seconds.
    public var began: Double
    /// How long they talked, seconds.
    public var talked: Double

    /// Makes a record.
    public init(
        phone: String, user: String?, outgoing: Bool, answered: Bool, number: String, name: String, began: Double,
        talked: Double
    ) {
        self.phone = phone
        self.user = user
        self.outgoing = outgoing
        self.answered = answered
        self.number = number
        self.name = name
        self.began = began
        self.talked = talked
    }
}
