/// Names a beat, or a link state, of its origin: the life and the number in it.
struct Mark: Hashable, Sendable, Comparable {
    var incarnation: UInt64
    var number: UInt64

    static func < (left: Mark, right: Mark) -> Bool {
        (left.incarnation, left.number) < (right.incarnation, right.number)
    }
}
