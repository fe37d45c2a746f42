/// How many connections of one listener are open. Lives on the node's loop.
final class OpenConnections {
    private let limit: Int
    var count = 0

    init(limit: Int) { self.limit = limit }

    var takesMore: Bool { count < limit }
}
