import Configuration
import NIOSSL

/// The TLS contexts of a node, made once from its files.
struct TLSContexts {
    /// rcti, both directions: mutual, TLS 1.3, chain checked against the federation's CA. Who the peer is, is read from
    /// the certificate afterwards, so no host name is compared.
    let linkServer: NIOSSLContext?
    let linkClient: NIOSSLContext?
    /// What this node shows to peers.
    let linkCertificate: NIOSSLCertificate?
    /// CTIS: clients bring no certificate.
    let clients: NIOSSLContext?
    /// The HTTP port, where it is TLS.
    let http: NIOSSLContext?

    init(configuration: NodeConfiguration) throws {
        if let files = configuration.rcti {
            let chain = try Self.certificates(files.certificate)
            let key = try Self.key(files.key)
            let authority = try Self.certificates(files.authority)
            var server = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            server.minimumTLSVersion = .tlsv13
            server.trustRoots = .certificates(authority)
            server.certificateVerification = .noHostnameVerification
            var client = TLSConfiguration.makeClientConfiguration()
            client.minimumTLSVersion = .tlsv13
            client.certificateChain = chain.map { .certificate($0) }
            client.privateKey = .privateKey(key)
            client.trustRoots = .certificates(authority)
            client.certificateVerification = .noHostnameVerification
            linkCertificate = chain.first
            linkServer = try Self.make(server, files.certificate)
            linkClient = try Self.make(client, files.certificate)
        } else {
            linkServer = nil
            linkClient = nil
            linkCertificate = nil
        }
        if let files = configuration.ctis
            ?? configuration.rcti.map({
                CertificateFiles(certificate: $0.certificate, key: $0.key)
            })
        {
            clients = try Self.server(files)
        } else {
            clients = nil
        }
        http = try configuration.httpCertificate.map(Self.server)
    }

    /// For those who bring no certificate.
    private static func server(_ files: CertificateFiles) throws -> NIOSSLContext {
        var server = TLSConfiguration.makeServerConfiguration(
            certificateChain: try certificates(files.certificate).map { .certificate($0) },
            privateKey: .privateKey(try key(files.key)))
        server.minimumTLSVersion = .tlsv12
        return try make(server, files.certificate)
    }

    private static func make(_ original: TLSConfiguration, _ path: String) throws -> NIOSSLContext {
        var configuration = original
        // A peer that no longer answers must not hold up the end of this node.
        configuration.shutdownTimeout = .seconds(1)
        do { return try NIOSSLContext(configuration: configuration) } catch {
            throw NodeError(
                "\(path): the certificate and its key do not make a TLS identity (\(error)); make both anew with 'tandem pki site'"
            )
        }
    }

    private static func certificates(_ path: String) throws -> [NIOSSLCertificate] {
        do {
            let found = try NIOSSLCertificate.fromPEMFile(path)
            guard !found.isEmpty else { throw NodeError("\(path): there is no certificate in this file") }
            return found
        } catch let error as NodeError { throw error } catch {
            throw NodeError("\(path): cannot be read as PEM certificates (\(error)); make it with 'tandem pki site'")
        }
    }

    private static func key(_ path: String) throws -> NIOSSLPrivateKey {
        do { return try NIOSSLPrivateKey(file: path, format: .pem) } catch {
            throw NodeError("\(path): cannot be read as a PEM private key (\(error)); make it with 'tandem pki site'")
        }
    }
}
