import CTIServer
import NIOCore

/// The clients that get pushes, and what waits for them: gathered for a few milliseconds, encoded once, written as one
/// shared buffer to each. The first pushes after a quiet moment leave at once.
final class PushGroup {
    private let loop: any EventLoop
    /// Asked when the gathering time is over.
    private let timeIsUp: () -> Void
    private var members: [ClientID: ClientConnection] = [:]
    private var batch = PushBatch()
    private var lastPush: NIODeadline = .uptimeNanoseconds(0)
    private var timer: Scheduled<Void>?

    /// How long pushes are gathered once they come fast, and how many bytes at most.
    private static let interval = TimeAmount.milliseconds(5)
    private static let fullBatch = 8 * 1024

    init(loop: any EventLoop, timeIsUp: @escaping () -> Void) {
        self.loop = loop
        self.timeIsUp = timeIsUp
    }

    /// A client joins. What was pushed before the login is no news to it.
    func join(_ client: ClientConnection) {
        skip(client)
        members[client.client] = client
    }

    /// A client leaves: it gets what was gathered by now.
    func leave(_ client: ClientConnection) {
        deliver(to: client)
        members[client.client] = nil
    }

    /// A client's connection is gone.
    func forget(_ client: ClientID) { members[client] = nil }

    /// Adds lines for everyone.
    func append(_ bytes: [UInt8]) { if !members.isEmpty { batch.append(bytes) } }

    /// A client has been told everything by other means.
    func skip(_ client: ClientConnection) {
        client.place = PushBatch.Place(batch: batch.number, offset: batch.count)
    }

    /// Writes a client's share of the batch now, so that what it is told directly is never older than what it had before.
    func deliver(to client: ClientConnection) {
        guard !batch.isEmpty, members[client.client] != nil else { return }
        let (bytes, place) = batch.rest(from: client.place)
        client.place = place
        if let bytes { client.push(bytes) }
    }

    /// The end of a turn: a full batch, and the first one after a quiet moment, leave; others wait for company.
    func endTurn() {
        guard !batch.isEmpty else { return }
        let now = loop.now
        if batch.count >= Self.fullBatch || now - lastPush >= Self.interval { return send(now) }
        guard timer == nil else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        timer = loop.scheduleTask(deadline: lastPush + Self.interval) {
            let group = bound.value
            group.timer = nil
            group.send(group.loop.now)
            group.timeIsUp()
        }
    }

    private func send(_ now: NIODeadline) {
        guard !batch.isEmpty else { return }
        timer?.cancel()
        timer = nil
        lastPush = now
        for member in members.values { deliver(to: member) }
        batch.startNext()
    }

    func stop() {
        timer?.cancel()
        timer = nil
        members = [:]
    }
}
