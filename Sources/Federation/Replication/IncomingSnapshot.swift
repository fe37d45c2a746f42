/// The chunks of a snapshot so far.
struct IncomingSnapshot: Sendable {
    var copy: SiteCopy
    var nextChunk: Int

    /// Whether a frame is the next chunk of the same snapshot.
    func isContinued(by frame: SnapshotFrame) -> Bool {
        nextChunk == frame.chunk && copy.incarnation == frame.incarnation && copy.sequence == frame.sequence
    }

    mutating func take(_ frame: SnapshotFrame, accept: TypeFilter) {
        for object in frame.objects where accept.passes(object.key.type) {
            copy.apply(.added(object.key, config: object.config, status: object.status))
        }
        nextChunk += 1
    }
}
