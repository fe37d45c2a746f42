import CTIServer
import ClientTLS
import NIOCore
import TandemCore

/// One client's socket: hands lines to the core, writes what the core sends.
final class ClientConnection: LineSocket {
    let client: ClientID
    /// Whether the connection is encrypted.
    let isSecure: Bool
    private unowned let room: ClientRoom
    /// The present, read once for the lines of one read.
    private var now = Moment(instant: Instant(nanoseconds: 0), unixTime: 0)
    /// Bytes of answers, to all clients, when this client's lines were last written out.
    private var said = 0
    /// Whether pushes wait because the client does not read; then it gets the latest state, not every step.
    var isLagging = false
    /// Whether the next piece of what it has missed is due soon.
    var isCatchUpScheduled = false
    /// Whether something has come from the client yet.
    private var hasSpoken = false
    /// How far the client is in the present batch of pushes.
    var place = PushBatch.Place()

    /// Bytes of answers after which they are written before the next line is read: short questions with long answers, sent
    /// and never read, would otherwise fill the memory.
    private static let answersPerTurn = 256 << 10
    /// Four times what pushes may take: room for the longest answer (a list of all objects of a large site).
    private static let outputLimit = 4 * Limits.pendingBytesPerSubscriber

    init(client: ClientID, room: ClientRoom, isSecure: Bool, lineLimit: Int) {
        self.client = client
        self.room = room
        self.isSecure = isSecure
        super.init(lineLimit: lineLimit, outputLimit: Self.outputLimit, flushes: room.flushes)
    }

    override func opened() { room.opened(self) }

    override func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !hasSpoken {
            hasSpoken = true
            // No line would ever end in it: the client would wait for its handshake until the login's time is over.
            if !isSecure, TLSRecord.begins(unwrapInboundIn(data).readableBytesView) {
                return failed(TLSFailure.unexpectedTLS)
            }
        }
        super.channelRead(context: context, data: data)
    }

    override func turnBegan() {
        now = NodeClock.now()
        said = room.bytesSaid
    }

    override func received(_ line: UnsafeBufferPointer<UInt8>) { room.received(from: self, line: line, now: now) }

    override func pausesAfterLine() -> Bool {
        guard room.bytesSaid - said > Self.answersPerTurn else { return false }
        room.pump()
        said = room.bytesSaid
        return !isWritable
    }

    override func turnEnded() { room.pump() }

    override func lineTooLong(limit: Int) { room.lineTooLong(from: self, limit: limit) }

    /// A client that does not read is not read either: its questions wait in its own socket, not their answers here.
    override func writabilityChanged(_ isWritable: Bool) {
        guard isWritable else { return pause() }
        if isLagging { room.catchUp(self) }
        resumeSoon()
    }

    /// Answers and messages that nobody takes: there is nothing to leave out, so the connection ends.
    override func overflowed(limit: Int) {
        room.note(.warning, "client \(remoteAddress) takes no answers: more than \(limit) bytes wait; closed")
    }

    override func ended() {
        room.closed(self)
        room.pump()
    }

    override func failed(_ error: any Error) {
        room.note(.info, "client \(remoteAddress) \(Self.reason(error))")
        context?.close(promise: nil)
    }

    private static func reason(_ error: any Error) -> String {
        switch TLSFailure(error, wanted: "", shown: nil, trusted: nil) {
        case .unexpectedTLS: "speaks TLS on the plain port: its port is that of listen.ctis"
        case .noTLS: "speaks no TLS on the port of listen.ctis: its port is that of listen.cti"
        case .distrustsUs: "does not trust our certificate: it needs the authority that signed that of ctis"
        case .oursExpired: "says that our certificate has expired: renew it with 'tandem pki site'"
        default: "broke the connection: \(error)"
        }
    }

    /// Writes a shared buffer, unless the client lags.
    func push(_ buffer: ByteBuffer) {
        guard !isLagging, !isClosing else { return }
        write(shared: buffer)
        if !isWritable { room.noteSlow(self) }
    }
}
