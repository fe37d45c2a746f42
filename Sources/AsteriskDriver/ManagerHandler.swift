import AMI
import NIOCore

/// The last handler of a manager connection: bytes to messages, and the connection's life to the driver. It lives on
/// the driver's event loop like the driver.
final class ManagerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var decoder: AMIDecoder
    private let driver: AsteriskDriver
    private let attempt: Int
    /// Nothing is read any more: a limit was exceeded or the driver gave the connection up.
    private var isDone = false

    init(driver: AsteriskDriver, attempt: Int, limits: AMILimits) {
        self.driver = driver
        self.attempt = attempt
        decoder = AMIDecoder(limits: limits)
    }

    func channelActive(context: ChannelHandlerContext) {
        driver.connectionOpened(context.channel, attempt)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        let buffer = unwrapInboundIn(data)
        let driver = driver
        do throws(AMIDecodingError) {
            let messages = decoder.messageCount
            let failure: AMIDecodingError? = buffer.withUnsafeReadableBytes { bytes in
                do throws(AMIDecodingError) {
                    try decoder.decode(bytes) { driver.received($0, attempt) }
                    return nil
                } catch {
                    return error
                }
            }
            driver.counted(messages: decoder.messageCount - messages, bytes: UInt64(buffer.readableBytes))
            if let failure { throw failure }
        } catch {
            isDone = true
            driver.streamFailed(error, attempt)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        driver.readCompleted(attempt)
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        isDone = true
        driver.connectionClosed(attempt)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        driver.connectionFailed(error, attempt)
        context.close(promise: nil)
    }
}
