import Federation
import NIOCore
import NIOSSL
import NIOTLS
import PKI
import TandemCore

/// One socket to a peer: after the TLS handshake the site in its certificate is read and the core told; then lines.
final class LinkConnection: LineSocket {
    let link: LinkID
    /// The peer that was dialled; nil for an accepted socket.
    let dialled: SiteID?
    private unowned let room: LinkRoom
    private let usesTLS: Bool
    private var isOpen = false
    private var failure: String?
    private var handshakeTimer: Scheduled<Void>?

    /// Time for the TLS handshake: whoever connects and says nothing must not hold a socket for ever.
    private static let handshakeTimeout = TimeAmount(Limits.handshakeTime)

    init(link: LinkID, dialled: SiteID?, room: LinkRoom, usesTLS: Bool) {
        self.link = link
        self.dialled = dialled
        self.room = room
        self.usesTLS = usesTLS
        super.init(
            lineLimit: Limits.peerFrame, outputLimit: Limits.pendingBytesPerLink, flushes: room.flushes)
    }

    private var name: String { dialled?.name ?? remoteAddress }

    override func opened() {
        if dialled == nil { room.accepted(self) }
        guard usesTLS, let loop = context?.eventLoop else { return established(certificateSite: nil) }
        let bound = NIOLoopBound(self, eventLoop: loop)
        handshakeTimer = loop.scheduleTask(in: Self.handshakeTimeout) {
            let connection = bound.value
            guard !connection.isOpen else { return }
            connection.refuse(
                "did not complete the TLS handshake within \(Self.handshakeTimeout.nanoseconds / 1_000_000_000) s")
        }
    }

    override func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case TLSUserEvent.handshakeCompleted = event, usesTLS else {
            return super.userInboundEventTriggered(context: context, event: event)
        }
        do {
            let handler = try context.pipeline.syncOperations.handler(type: NIOSSLHandler.self)
            guard let certificate = handler.peerCertificate else { return refuse("showed no certificate") }
            established(certificateSite: try PeerIdentity.site(fromDER: certificate.toDERBytes()))
        } catch {
            refuse("has a certificate that names no site: \(error)")
        }
    }

    private func established(certificateSite: SiteID?) {
        isOpen = true
        endHandshakeTimer()
        room.opened(self, certificateSite: certificateSite)
        room.pump()
    }

    private func endHandshakeTimer() {
        handshakeTimer?.cancel()
        handshakeTimer = nil
    }

    /// Cuts the connection for something that an operator must repair.
    private func refuse(_ reason: String) {
        guard failure == nil else { return }
        failure = reason
        room.note(.warning, "peer \(name) \(reason): refused")
        context?.close(promise: nil)
    }

    /// Others need the place of one that has said nothing.
    func giveWay() {
        failure = "it said nothing, and others need its place"
        room.note(.info, "peer \(name) said nothing while others came: cut")
        cut()
    }

    override func received(_ line: UnsafeBufferPointer<UInt8>) { room.received(from: self, line: line) }
    override func turnEnded() { room.pump() }
    override func lineTooLong(limit: Int) { refuse("sent a frame longer than \(limit) bytes") }

    override func overflowed(limit: Int) {
        guard failure == nil else { return }
        failure = "it takes nothing: more than \(limit) bytes wait"
        room.note(.warning, "peer \(name) takes nothing: more than \(limit) bytes wait; closed")
    }

    override func writabilityChanged(_ isWritable: Bool) {
        room.writability(of: self, isWritable)
        room.pump()
    }

    override func ended() {
        endHandshakeTimer()
        if dialled == nil { room.acceptedEnded(self) }
        let reason = failure ?? "the connection was closed"
        if isOpen {
            room.closed(self, reason: reason)
        } else if let dialled {
            room.dialFailed(peer: dialled, reason: reason)
        }
        isOpen = false
        room.pump()
    }

    override func failed(_ error: any Error) {
        guard failure == nil else { return }
        if TLSProblem.isMereEnd(error), isOpen || dialled == nil {
            // An established link that broke, or somebody who only looked whether the port is open.
            let reason = "the connection broke: \(error)"
            failure = reason
            room.note(.info, "peer \(name): \(reason)")
            context?.close(promise: nil)
            return
        }
        let shown = try? context?.pipeline.syncOperations.handler(type: NIOSSLHandler.self).peerCertificate
        refuse(TLSProblem.describe(error, shown: shown, own: room.ownCertificate))
    }

    /// Flushes, then closes; a peer that takes nothing more is cut off after 2 s.
    func close(reason: String) {
        guard !isClosing else { return }
        failure = reason
        closeAfterFlush()
    }
}
