import AsteriskDriver
import Configuration
import Logging
import NIOCore
import TandemCore

extension AsteriskDriver {
    /// The driver for what the configuration file says of a site's Asterisk.
    static func make(
        _ settings: PBXConfiguration.Asterisk, site: SiteID, loop: any EventLoop, logger: Logger
    ) throws -> AsteriskDriver {
        guard let user = HeaderText(settings.user), HeaderText(settings.secret.reveal()) != nil else {
            throw NodeError("pbx: user and secret must not hold a line break; see manager.conf of the Asterisk")
        }
        return AsteriskDriver(
            settings: AsteriskSettings(
                host: settings.host, port: settings.port, user: user, secret: settings.secret,
                tls: settings.tls ? AsteriskSettings.TLS(certificateAuthorityFile: settings.ca) : nil),
            on: loop, clientName: site, logger: logger)
    }
}
