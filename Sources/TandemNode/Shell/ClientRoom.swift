import CTIServer
import Configuration
import Logging
import NIOCore
import NodeCore
import TandemCore

/// The clients' sockets: who may connect, what the core says to whom, and what becomes of those who read too slowly.
final class ClientRoom {
    let flushes: FlushList
    private unowned let shell: NodeShell
    private let pushes: PushGroup
    private var open: [ClientID: ClientConnection] = [:]
    private var slow: [ClientConnection] = []
    private var lastNumber: UInt64 = 0
    /// Clients that read too slowly for pushes, since the start.
    private(set) var lagging = 0

    /// Above the high mark a client gets no more pushes until it has read down to the low one.
    static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(
        low: 64 * 1024, high: Limits.pendingBytesPerSubscriber)

    init(shell: NodeShell, flushes: FlushList) {
        self.shell = shell
        self.flushes = flushes
        pushes = PushGroup(loop: shell.loop) { [unowned shell] in shell.pump() }
    }

    private var core: NodeCore { shell.core }
    private var settings: CTISettings { shell.configuration.cti }

    /// Whether nobody is connected.
    var isEmpty: Bool { open.isEmpty }
    /// Whether one more client may connect.
    var takesMore: Bool {
        // Those that give way to others need a moment to be gone.
        !shell.isStopped && core.cti.takesMore && open.count < settings.maximumClients + Limits.strangers
    }

    /// The handler for somebody who connected.
    func makeConnection(isSecure: Bool) -> ClientConnection {
        lastNumber += 1
        return ClientConnection(
            client: ClientID(lastNumber), room: self, isSecure: isSecure, lineLimit: settings.lineBeforeLogin)
    }

    // MARK: What the sockets report

    func opened(_ connection: ClientConnection) {
        open[connection.client] = connection
        core.clientConnected(
            connection.client, secure: connection.isSecure, address: connection.remoteHost,
            sessionID: LoginChallenge.make(), now: NodeClock.now())
        pump()
    }

    func received(from connection: ClientConnection, line: UnsafeBufferPointer<UInt8>, now: Moment) {
        core.clientSent(connection.client, line: line, now: now)
    }

    func lineTooLong(from connection: ClientConnection, limit: Int) {
        core.clientLineTooLong(connection.client, limit: limit, now: NodeClock.now())
    }

    func closed(_ connection: ClientConnection) {
        guard open.removeValue(forKey: connection.client) != nil else { return }
        pushes.forget(connection.client)
        core.clientClosed(connection.client, now: NodeClock.now())
    }

    func pump() { shell.pump() }
    func note(_ level: Logger.Level, _ text: String) { shell.note(level, text) }

    /// Bytes that the core has said to single clients so far.
    var bytesSaid: Int { core.cti.counters.bytesOut }

    // MARK: Slow clients

    /// Whether there are clients that took no more in this turn.
    var hasSlow: Bool { !slow.isEmpty }

    func noteSlow(_ connection: ClientConnection) { slow.append(connection) }

    /// Clients that took no more at the end of a turn lag from now on: they get what is gathered so far, and of what
    /// follows the core keeps only the names of the changed objects.
    func markLagging() {
        let slow = slow
        self.slow.removeAll(keepingCapacity: true)
        for connection in slow
        where !connection.isLagging && !connection.isWritable && open[connection.client] != nil {
            pushes.deliver(to: connection)
            connection.isLagging = true
            lagging += 1
            note(
                .notice,
                "client \(connection.remoteAddress) reads slowly: it gets the latest state once it has caught up")
            core.clientLags(connection.client)
        }
    }

    /// A lagging client has room again: it is told the latest state piece by piece, and gets pushes again afterwards.
    func catchUp(_ connection: ClientConnection) {
        // One chain per client: a second one that ends later would skip pushes that the client has begun to get again.
        guard open[connection.client] != nil, connection.isLagging, connection.isWritable,
            !connection.isCatchUpScheduled
        else { return }
        pushes.skip(connection)
        if core.clientCaughtUp(connection.client, now: NodeClock.now()) {
            connection.isCatchUpScheduled = true
            let bound = NIOLoopBound((self, connection), eventLoop: shell.loop)
            shell.loop.scheduleTask(in: .milliseconds(5)) {
                let (room, connection) = bound.value
                connection.isCatchUpScheduled = false
                room.catchUp(connection)
            }
        } else {
            connection.isLagging = false
        }
        pump()
    }

    // MARK: What the core asks for

    func carryOut(_ effect: CTIEffect) {
        switch effect {
        case .send(let client, let bytes):
            guard let connection = open[client] else { return }
            pushes.deliver(to: connection)
            connection.write(bytes)
        case .push(let bytes): pushes.append(bytes)
        case .close(let client, let reason):
            guard let connection = open[client] else { return }
            note(.info, "client \(connection.remoteAddress) is closed: \(reason)")
            pushes.deliver(to: connection)
            connection.closeAfterFlush()
        case .cut(let client, let reason):
            guard let connection = open[client] else { return }
            note(.info, "client \(connection.remoteAddress) is cut: \(reason)")
            connection.cut()
        case .setLineLimit(let client, let limit): open[client]?.setLineLimit(limit)
        case .subscribed(let client, let joins):
            guard let connection = open[client] else { return }
            joins ? pushes.join(connection) : pushes.leave(connection)
        case .log(let level, let text): note(Logger.Level(level), text)
        }
    }

    /// The end of a turn: pushes that are due are written.
    func endTurn() { pushes.endTurn() }

    func stop() {
        pushes.stop()
        for connection in open.values { connection.closeAfterFlush() }
        open = [:]
    }
}
