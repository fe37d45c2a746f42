import CTIProtocol
import Federation
import NIOCore
import NIOSSL
import NIOTLS
import PKI
import TandemCore

/// One socket to a peer: after the TLS handshake its certificate's site is read and the core told; then lines.
final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let link: LinkID
    /// The peer that was dialled; nil for an accepted socket.
    let dialled: SiteID?
    private unowned let shell: NodeShell
    private let usesTLS: Bool
    private var framer: LineFramer
    private var context: ChannelHandlerContext?
    private var isOpen = false
    private var isClosing = false
    private var needsFlush = false
    private var failure: String?
    private var handshakeTimer: Scheduled<Void>?

    /// Time for the TLS handshake: whoever connects and says nothing must not hold a socket for ever.
    private static let handshakeTimeout = TimeAmount.seconds(5)

    init(link: LinkID, dialled: SiteID?, shell: NodeShell, usesTLS: Bool) {
        self.link = link
        self.dialled = dialled
        self.shell = shell
        self.usesTLS = usesTLS
        framer = LineFramer(limit: Limits.peerFrame)
    }

    var remoteAddress: String { context?.remoteAddress.map { "\($0.ipAddress ?? "?"):\($0.port ?? 0)" } ?? "?" }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        if dialled == nil { shell.linkAccepted() }
        guard usesTLS else { return opened(certificateSite: nil) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        handshakeTimer = context.eventLoop.scheduleTask(in: Self.handshakeTimeout) {
            let (handler, context) = bound.value
            guard !handler.isOpen, handler.failure == nil else { return }
            handler.fail(
                "did not complete the TLS handshake within \(Self.handshakeTimeout.nanoseconds / 1_000_000_000) s",
                context: context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case TLSUserEvent.handshakeCompleted = event, usesTLS else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        do {
            let handler = try context.pipeline.syncOperations.handler(type: NIOSSLHandler.self)
            guard let certificate = handler.peerCertificate else {
                return fail("showed no certificate", context: context)
            }
            opened(certificateSite: try PeerIdentity.site(fromDER: certificate.toDERBytes()))
        } catch {
            fail("has a certificate that names no site: \(error)", context: context)
        }
    }

    private func opened(certificateSite: SiteID?) {
        isOpen = true
        handshakeTimer?.cancel()
        handshakeTimer = nil
        shell.opened(self, certificateSite: certificateSite)
        shell.pump()
    }

    private func fail(_ reason: String, context: ChannelHandlerContext) {
        guard failure == nil else { return }
        failure = reason
        shell.note(.warning, "peer \(dialled?.name ?? remoteAddress) \(reason): refused")
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        let buffer = unwrapInboundIn(data)
        buffer.withUnsafeReadableBytes { bytes in
            do throws(LineTooLong) {
                try framer.append(bytes) { line in
                    if !isClosing { shell.received(from: self, line: line) }
                }
            } catch {
                fail("sent a frame longer than \(error.limit) bytes", context: context)
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { shell.pump() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        shell.writability(of: self, context.channel.isWritable)
        shell.pump()
    }

    func channelInactive(context: ChannelHandlerContext) {
        handshakeTimer?.cancel()
        handshakeTimer = nil
        if dialled == nil { shell.acceptedLinkEnded() }
        let reason = failure ?? "the connection was closed"
        if isOpen {
            shell.closed(self, reason: reason)
        } else if let dialled {
            shell.dialFailed(peer: dialled, reason: reason)
        }
        isOpen = false
        shell.pump()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard failure == nil else { return }
        if TLSProblem.isMereEnd(error), isOpen || dialled == nil {
            // An established link that broke, or somebody who only looked whether the port is open.
            let reason = "the connection broke: \(error)"
            failure = reason
            shell.note(.info, "peer \(dialled?.name ?? remoteAddress): \(reason)")
            context.close(promise: nil)
            return
        }
        let shown = try? context.pipeline.syncOperations.handler(type: NIOSSLHandler.self).peerCertificate
        fail(TLSProblem.describe(error, shown: shown), context: context)
    }

    // MARK: What the shell asks

    /// Writes bytes without flushing.
    func write(_ bytes: [UInt8]) {
        guard let context, !isClosing else { return }
        context.write(wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
        guard !needsFlush else { return }
        needsFlush = true
        shell.flushLater(self)
    }

    /// Hands what was written to the socket.
    func flush() {
        guard needsFlush else { return }
        needsFlush = false
        context?.flush()
    }

    /// Flushes, then closes; a peer that takes nothing more is cut off after 2 s.
    func close(reason: String) {
        guard let context, !isClosing else { return }
        isClosing = true
        failure = reason
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(channel.allocator.buffer(capacity: 0))).whenComplete { _ in
            channel.close(promise: nil)
        }
        channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(mode: .all, promise: nil) }
    }
}

/// Turns TLS errors into sentences that a person can act on.
enum TLSProblem {
    /// Whether the other side merely went away, or a socket broke; nothing was wrong with what it showed.
    static func isMereEnd(_ error: any Error) -> Bool {
        if error is IOError { return true }
        guard let error = error as? NIOSSLError else { return false }
        return error == .uncleanShutdown
    }

    /// The sentence, beginning with a verb: "could not be trusted: …".
    /// `shown`: the peer's certificate, as far as the handshake got.
    static func describe(_ error: any Error, shown: NIOSSLCertificate? = nil) -> String {
        let text = String(describing: error)
        if text.localizedMatch("CERTIFICATE_VERIFY_FAILED"), let shown,
            Double(shown.notValidAfter) < NodeClock.now().unixTime
        {
            return "has a certificate that has expired: renew it with 'tandem pki site'"
        }
        if text.localizedMatch("WRONG_VERSION_NUMBER") || text.localizedMatch("HTTP_REQUEST")
            || text.localizedMatch("HTTPS_PROXY_REQUEST") || text.localizedMatch("UNEXPECTED_MESSAGE")
        {
            return "speaks no TLS: rcti is TLS 1.3 with certificates on both sides"
        }
        if text.localizedMatch("CERTIFICATE_VERIFY_FAILED") {
            return
                "has a certificate that this node does not trust (wrong CA, or expired): renew it with 'tandem pki site' under the federation's CA"
        }
        if text.localizedMatch("EXPIRED") {
            return "says that our certificate has expired: renew it with 'tandem pki site'"
        }
        if text.localizedMatch("UNKNOWN_CA") || text.localizedMatch("BAD_CERTIFICATE")
            || text.localizedMatch("CERTIFICATE_UNKNOWN")
        {
            return "does not trust our certificate: both sites need certificates of the same CA"
        }
        if text.localizedMatch("CERTIFICATE_REQUIRED") || text.localizedMatch("PEER_DID_NOT_RETURN") {
            return "showed no certificate"
        }
        return "failed: \(text)"
    }
}

extension String {
    fileprivate func localizedMatch(_ part: String) -> Bool {
        self.uppercased().replacing(" ", with: "_").contains(part)
    }
}
