import AsteriskDriver
import Configuration
import Logging
import NIOCore
import TandemCore

extension AsteriskDriver {
    /// The driver for what the configuration file says of a site's Asterisk. `run` names this life of the node, so that
    /// answers for an earlier one are not taken for ours.
    static func make(
        _ settings: PBXConfiguration.Asterisk, run: SiteID, loop: any EventLoop, logger: Logger
    ) throws -> AsteriskDriver {
        guard let user = HeaderText(settings.user), HeaderText(settings.secret.reveal()) != nil else {
            throw NodeError("pbx: user and secret must not hold a line break; see manager.conf of the Asterisk")
        }
        return AsteriskDriver(
            settings: AsteriskSettings(
                host: settings.host, port: settings.port, user: user, secret: settings.secret,
                tls: settings.tls ? AsteriskSettings.TLS(certificateAuthorityFile: settings.ca) : nil,
                // The connection is given up after twice this silence: a PBX that is cut off is shown as stale as soon
                // as a site that is cut off (5 s).
                pingAfter: .milliseconds(2_400)),
            on: loop, clientName: run, logger: logger)
    }
}
