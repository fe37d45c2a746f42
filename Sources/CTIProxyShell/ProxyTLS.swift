import CTIProxy
import ClientTLS
import NIOCore
import NIOSSL

/// The TLS contexts of a proxy, made once from its files.
struct ProxyTLS: Sendable {
    private let client: NIOSSLContext?
    private let server: ServerTrust?
    /// TLS with the server from the first byte.
    let beginsAtServer: Bool
    /// TLS with the client from the first byte.
    let beginsAtClient: Bool

    init(_ options: ProxyTLSOptions, host: String) throws(ProxyFailure) {
        if let certificate = options.certificate, let key = options.key {
            client = try Self.identity(certificate, key)
        } else {
            client = nil
        }
        beginsAtClient = client != nil && !options.startTLS
        beginsAtServer = options.toServer
        guard options.toServer || options.startTLS else {
            server = nil
            return
        }
        do throws(TLSFailure) {
            server = try ServerTrust(authority: options.authority, name: options.serverName ?? host)
        } catch { throw ProxyFailure("--tls-ca: \(error.advice(.tools))") }
    }

    private static func identity(_ certificate: String, _ key: String) throws(ProxyFailure) -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
            let key = try NIOSSLPrivateKey(file: key, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw ProxyFailure("--tls-cert \(certificate), --tls-key \(key): make no TLS identity: \(error)")
        }
    }

    /// The handler that makes us the server of a client.
    func clientSide() throws(ProxyFailure) -> NIOSSLServerHandler {
        guard let client else { throw ProxyFailure("no certificate for the client") }
        return NIOSSLServerHandler(context: client)
    }

    /// The handler that makes us a client of the server.
    func serverSide() throws(TLSFailure) -> NIOSSLClientHandler {
        guard let server else { throw TLSFailure.other("no trusted certificates for the server") }
        return try server.handler()
    }

    /// Whether the server's certificate carries the name that it must.
    func check(_ certificate: NIOSSLCertificate?) throws(TLSFailure) { try server?.check(certificate) }

    /// What an error on the server's channel means; nil when it has nothing to do with TLS.
    func failure(_ error: any Error, on channel: (any Channel)?) -> TLSFailure? {
        guard let server, let channel else { return error as? TLSFailure }
        return server.failure(error, on: channel)
    }

    /// What an error in the client's handshake means and what to do; nil when it has nothing to do with TLS, or the
    /// client merely went away.
    static func advice(ofClient error: any Error) -> String? {
        guard let failure = TLSFailure(error, wanted: "", shown: nil, trusted: nil) else { return nil }
        return switch failure {
        case .noTLS: "speaks no TLS, which --tls-cert and --tls-key make it need: leave those out, or let it speak TLS"
        case .distrustsUs:
            "does not trust the certificate of --tls-cert: give one for this machine's name by an authority that the client trusts"
        case .unanswered: nil
        default: failure.advice(.tools)
        }
    }

    /// What went wrong, for people.
    static func reason(_ error: any Error) -> String {
        if let error = error as? IOError { return System.text(of: error.errnoCode) }
        if let error = error as? ChannelError, case .connectTimeout = error { return "Connection timed out" }
        if let failure = error as? TLSFailure { return "the server \(failure.advice(.tools))" }
        return "\(error)"
    }
}
