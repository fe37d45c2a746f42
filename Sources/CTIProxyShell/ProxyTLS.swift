import CTIProxy
import NIOCore
import NIOSSL

/// The TLS contexts of a proxy, made once from its files.
struct ProxyTLS: Sendable {
    private let client: NIOSSLContext?
    private let server: NIOSSLContext?
    private let serverName: String?
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
        server = options.toServer || options.startTLS ? try Self.trust(options.authority) : nil
        let name = options.serverName ?? host
        // An address is compared with the certificate's addresses; only a name is sent and compared as a name.
        serverName = (try? SocketAddress(ipAddress: name, port: 0)) == nil ? name : nil
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

    private static func trust(_ authority: String?) throws(ProxyFailure) -> NIOSSLContext {
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            if let authority {
                let roots = try NIOSSLCertificate.fromPEMFile(authority)
                configuration.trustRoots = .certificates(roots)
            }
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw ProxyFailure("--tls-ca \(authority ?? ""): holds no certificates that can be trusted: \(error)")
        }
    }

    /// The handler that makes us the server of a client.
    func clientSide() throws(ProxyFailure) -> NIOSSLServerHandler {
        guard let client else { throw ProxyFailure("no certificate for the client") }
        return NIOSSLServerHandler(context: client)
    }

    /// The handler that makes us a client of the server.
    func serverSide() throws(ProxyFailure) -> NIOSSLClientHandler {
        guard let server else { throw ProxyFailure("no trusted certificates for the server") }
        do { return try NIOSSLClientHandler(context: server, serverHostname: serverName) } catch {
            throw ProxyFailure("\(serverName ?? ""): cannot be the name in a certificate: \(error)")
        }
    }

    /// Whether the server's certificate carries the name that it must. NIOSSL also takes one that has only the server's
    /// address.
    func checkName(in certificate: NIOSSLCertificate?) throws(ProxyFailure) {
        guard let serverName else { return }
        let wanted = Array(serverName.lowercased().utf8)
        let names = certificate?._subjectAlternativeNames().filter { $0.nameType == .dnsName } ?? []
        for name in names {
            let found = Array(String(decoding: name.contents, as: UTF8.self).lowercased().utf8)
            if found == wanted { return }
            // `*.example.org` stands for one label.
            if found.starts(with: "*.".utf8), let dot = wanted.firstIndex(of: UInt8(ascii: ".")), dot > 0,
                wanted[dot...].elementsEqual(found[1...])
            {
                return
            }
        }
        throw ProxyFailure("the server's certificate does not carry the name \(serverName)")
    }

    /// What went wrong, for people.
    static func reason(_ error: any Error) -> String {
        if let error = error as? IOError { return System.text(of: error.errnoCode) }
        if let error = error as? ChannelError, case .connectTimeout = error { return "Connection timed out" }
        return "\(error)"
    }
}
