import DriverKit
import Logging
import NIOCore
import TandemCore

/// Speaks to one Asterisk over its manager port (AMI): connects and keeps reconnecting, tells what happens there as
/// facts, and puts actions to it.
///
/// Confined to the event loop given at its making; every call MUST come from there.
public typealias AsteriskDriver = ConnectedDriver<AsteriskSession>

extension ConnectedDriver where Session == AsteriskSession {
    /// Makes a driver for an Asterisk; `start` connects.
    ///
    /// - Parameters:
    ///   - settings: Where the PBX is and how to log in.
    ///   - loop: The node's event loop.
    ///   - clientName: Marks this node's questions at the PBX; see `AsteriskSession`.
    ///   - logger: For connection changes and refusals. Never sees the secret.
    ///   - random: A number in 0..<1 for the wait before reconnecting.
    public convenience init(
        settings: AsteriskSettings, on loop: any EventLoop, clientName: SiteID, logger: Logger,
        random: @escaping () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.init(
            session: AsteriskSession(settings: settings, clientName: clientName), connection: settings.connection,
            on: loop, logger: logger, random: random)
    }
}
