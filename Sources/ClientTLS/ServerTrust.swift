import NIOCore
import NIOSSL
import TandemCore

/// What a client demands of a server's certificate: an authority and a name. Made once, used for every connection.
public struct ServerTrust: Sendable {
    /// Time for the handshake: a port that takes the connection and speaks no TLS often just waits for a line.
    public static let handshakeTimeout = TimeAmount(Limits.handshakeTime)

    private let context: NIOSSLContext
    /// The name or address that the certificate must be for.
    public let name: String
    /// The PEM file with the trusted certificates; nil: the system's.
    public let authority: String?

    /// Whether the name is one, and not an address: only a name is sent and compared as a name.
    private var hostname: String? { (try? SocketAddress(ipAddress: name, port: 0)) == nil ? name : nil }

    /// Reads the file. Throws `TLSFailure.unusable` when there is nothing in it to trust.
    public init(authority: String?, name: String) throws(TLSFailure) {
        self.authority = authority
        self.name = name
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            if let authority {
                let roots = try NIOSSLCertificate.fromPEMFile(authority)
                guard !roots.isEmpty else { throw TLSFailure.other("there is no certificate in it") }
                configuration.trustRoots = .certificates(roots)
            }
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw .unusable(
                file: authority ?? "the system's list of authorities",
                reason: "it must hold trusted certificates in PEM form (\(error))")
        }
    }

    /// The handler that makes a channel TLS.
    public func handler() throws(TLSFailure) -> NIOSSLClientHandler {
        do { return try NIOSSLClientHandler(context: context, serverHostname: hostname) } catch {
            throw .impossibleName(name)
        }
    }

    /// Throws `TLSFailure.wrongName` unless the certificate carries the name: NIOSSL also takes one that has only the
    /// server's address.
    public func check(_ certificate: NIOSSLCertificate?) throws(TLSFailure) {
        guard let hostname, certificate?.carries(hostname) != true else { return }
        throw .wrongName(wanted: hostname, carried: certificate?.carriedNames ?? [])
    }

    /// What an error on the channel means; nil when it has nothing to do with TLS.
    public func failure(_ error: any Error, on channel: any Channel) -> TLSFailure? {
        TLSFailure(error, wanted: name, shown: Self.certificate(of: channel), trusted: authority)
    }

    /// The server's certificate as far as the handshake got. On the channel's loop only.
    public static func certificate(of channel: any Channel) -> NIOSSLCertificate? {
        try? channel.pipeline.syncOperations.handler(type: NIOSSLHandler.self).peerCertificate
    }
}
