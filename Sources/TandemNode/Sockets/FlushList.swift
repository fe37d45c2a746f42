/// The sockets that were written to in this turn of the loop: each is flushed once, at the turn's end.
final class FlushList {
    private var sockets: [LineSocket] = []
    /// The buffers that these sockets write into.
    var buffers = OutputBuffers()

    /// Whether nobody waits.
    var isEmpty: Bool { sockets.isEmpty }

    func add(_ socket: LineSocket) { sockets.append(socket) }

    /// Flushes all, and those that are written to by what a flush leads to.
    func flush() {
        var place = 0
        while place < sockets.count {
            sockets[place].flush()
            place += 1
        }
        sockets.removeAll(keepingCapacity: true)
    }
}
