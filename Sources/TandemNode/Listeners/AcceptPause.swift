import NIOCore

/// Pauses a listener that can let nobody in for want of descriptors or memory: whoever waits at its port would wake the
/// loop again and again.
///
/// NIO's own `AcceptBackoffHandler` delays the next read only, while the port stays registered with a read pending.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let pause: TimeAmount
    private let report: (IOError) -> Void

    /// - Parameter report: hears of each attempt that failed.
    init(_ pause: TimeAmount, report: @escaping (IOError) -> Void) {
        self.pause = pause
        self.report = report
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError else { return context.fireErrorCaught(error) }
        report(error)
        let channel = context.channel
        // Takes the port out of what the loop looks at, at once.
        try? channel.syncOptions?.setOption(.autoRead, value: false)
        context.eventLoop.scheduleTask(in: pause) {
            if channel.isActive { try? channel.syncOptions?.setOption(.autoRead, value: true) }
        }
    }
}
