import AMI
import DriverKit
import PBX
import TandemCore

/// Makes drivers for Asterisk: `pbx: { driver: asterisk, host: …, user: …, secret: … }`.
public struct AsteriskDriverFactory: PBXDriverFactory {
    /// Makes a factory.
    public init() {}

    /// The keys of `driver: asterisk`, and the trunk configuration that a rendered topology writes.
    public var description: DriverDescription { Self.description }

    static let description = DriverDescription(
        name: "asterisk", summary: "an Asterisk with its manager interface (AMI)", technology: "PJSIP",
        protocols: ["pjsip": "sip"],
        keys: [
            .required("host", .host, "the host of the manager interface"),
            .optional("port", .port, standard: .number(5038), "the port of the manager interface"),
            .required("user", .text, "the manager user"),
            .required("secret", .secret, "the manager secret"),
            .optional("tls", .flag, standard: .flag(false), "whether the manager connection is TLS"),
            .optional("ca", .file, "PEM file of the authority of the manager's certificate; else the system's count"),
            .optional("server_name", .host, "the name in the manager's certificate; else the host"),
            .optional(
                "talk_events", .flag, standard: .flag(false),
                "whether the phones answer and hold when the PBX sends them 'Event: talk' and 'Event: hold'"),
            .optional(
                "sip", .address,
                "where other PBXs send SIP to this one; else port 5060 of the host, unless that is a loopback address"),
        ],
        check: { settings in
            ["ca", "server_name"].filter { settings.text($0) != nil && !settings.flag("tls") }
                .map { .init(key: $0, message: "\($0) is only used with tls: true") }
        },
        callAddress: { settings in
            if let told = settings.address("sip") { return told }
            // From another machine a loopback address is that machine's own PBX.
            let host = settings.text("host").map { ListenAddress(host: $0, port: 5060) }
            return host?.isLoopback == true ? nil : host
        },
        files: { AsteriskTrunkFiles(settings: $0, plan: $1).files },
        installation: AsteriskTrunkFiles.installation)

    /// Settings as a configuration file would give them.
    public static func settings(
        host: String, port: Int = 5038, user: String, secret: Secret, sip: ListenAddress? = nil
    ) -> DriverSettings {
        var values: [String: DriverValue] = [
            "host": .text(host), "port": .number(port), "user": .text(user), "secret": .secret(secret),
        ]
        values["sip"] = sip.map(DriverValue.address)
        return DriverSettings(description, values)
    }

    /// A driver whose questions at the PBX carry the name of this life.
    public func make(_ settings: DriverSettings, in context: DriverContext) throws -> any PBXDriver {
        guard let host = settings.text("host"), let port = settings.number("port"),
            let user = settings.text("user").flatMap({ HeaderText($0) }), let secret = settings.secret("secret"),
            HeaderText(secret.reveal()) != nil
        else {
            throw DriverError(
                "pbx: host, port, user and secret are needed, user and secret without line breaks; see manager.conf of "
                    + "the Asterisk")
        }
        return AsteriskDriver(
            settings: AsteriskSettings(
                host: host, port: port, user: user, secret: secret,
                tls: settings.flag("tls")
                    ? AsteriskSettings.TLS(
                        certificateAuthorityFile: settings.text("ca"), serverName: settings.text("server_name")) : nil,
                // The connection is given up after twice this silence: a PBX that is cut off is shown as stale as soon
                // as a site that is cut off (5 s).
                pingAfter: .milliseconds(2_400), phonesTakeTalkEvents: settings.flag("talk_events")),
            on: context.loop, clientName: context.life, logger: context.logger, random: context.random)
    }
}
