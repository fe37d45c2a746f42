import Foundation
import NIOCore
import NIOSSL

/// What a user's options around TLS are called where a failure is told, so that the advice names the right one.
public struct TLSOptionNames: Hashable, Sendable {
    /// What names the file with the trusted authority.
    public var authority: String
    /// What names the name in the server's certificate.
    public var name: String
    /// What switches TLS on.
    public var tls: String
    /// What names the port.
    public var port: String

    /// Names options.
    public init(authority: String, name: String, tls: String, port: String) {
        self.authority = authority
        self.name = name
        self.tls = tls
        self.port = port
    }

    /// Those of the command line tools.
    public static let tools = TLSOptionNames(
        authority: "--tls-ca FILE", name: "--tls-name NAME", tls: "--tls", port: "--port")
}

/// Why TLS with a server did not come about.
public enum TLSFailure: Error, Hashable, Sendable {
    /// The certificate is good, but for other names: the one that was asked for, those that it has.
    case wrongName(wanted: String, carried: [String])
    /// Nobody whom we trust has signed the certificate. The file with those whom we trust; nil: the system's.
    case unknownAuthority(carried: [String], trusted: String?)
    /// The certificate's time is over since this moment, in ISO 8601.
    case expired(since: String)
    /// The certificate's time begins at this moment, in ISO 8601.
    case notYetValid(until: String)
    /// What answers is no TLS.
    case noTLS
    /// The other side took the connection and then said nothing, or went away, during the handshake.
    case unanswered
    /// The other side speaks TLS, and we were not told to.
    case unexpectedTLS
    /// The other side wants a certificate of ours.
    case wantsCertificate
    /// The other side does not trust the certificate that we show.
    case distrustsUs
    /// There is no version of TLS that both sides speak.
    case versions
    /// A file that cannot be used, and why.
    case unusable(file: String, reason: String)
    /// A name that cannot stand in a certificate.
    case impossibleName(String)
    /// Something else, in the words of the library.
    case other(String)

    /// Reads what the library says. `shown` is the server's certificate as far as the handshake got. Nil when the error
    /// has nothing to do with TLS.
    public init?(
        _ error: any Error, wanted: String, shown: NIOSSLCertificate?, trusted: String?, now: Date = Date()
    ) {
        if let failure = error as? TLSFailure {
            self = failure
            return
        }
        if let extra = error as? NIOSSLExtraError, extra == .failedToValidateHostname {
            self = .wrongName(wanted: wanted, carried: shown?.carriedNames ?? [])
            return
        }
        guard error is NIOSSLError || error is NIOSSLExtraError || error is BoringSSLError else { return nil }
        let text = String(describing: error).uppercased().replacing(" ", with: "_")
        func says(_ words: String...) -> Bool { words.contains { text.contains($0) } }
        if says("CERTIFICATE_VERIFY_FAILED") {
            if let shown, Date(timeIntervalSince1970: Double(shown.notValidAfter)) < now {
                self = .expired(since: shown.end)
            } else if let shown, Date(timeIntervalSince1970: Double(shown.notValidBefore)) > now {
                self = .notYetValid(until: shown.beginning)
            } else {
                self = .unknownAuthority(carried: shown?.carriedNames ?? [], trusted: trusted)
            }
        } else if says("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "UNEXPECTED_MESSAGE") {
            self = .noTLS
        } else if says("CERTIFICATE_REQUIRED", "PEER_DID_NOT_RETURN", "HANDSHAKE_FAILURE_ON_CLIENT_HELLO") {
            self = .wantsCertificate
        } else if says("UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_UNKNOWN", "CERTIFICATE_EXPIRED") {
            self = .distrustsUs
        } else if says("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL") {
            self = .versions
        } else if says("UNCLEANSHUTDOWN", "EOF_DURING_HANDSHAKE") {
            self = .unanswered
        } else {
            self = .other("\(error)")
        }
    }

    /// What is wrong with a server and what to do, as the rest of a sentence that begins with the server.
    public func advice(_ options: TLSOptionNames) -> String {
        switch self {
        case .wrongName(let wanted, let carried):
            let names = Self.list(carried)
            return
                "shows a certificate for \(names.isEmpty ? "no name at all" : names), not for \(wanted): connect by a name that it has, or give one with \(options.name)"
        case .unknownAuthority(let carried, let trusted):
            let whose = carried.isEmpty ? "" : " (for \(Self.list(carried)))"
            let whom =
                trusted.map { "no authority in \($0) has signed: give the file of the one that did with" }
                ?? "no authority that this system trusts has signed: name the file of the one that did with"
            return "shows a certificate\(whose) that \(whom) \(options.authority)"
        case .expired(let since):
            return "shows a certificate that expired on \(since): it needs a new one (or this machine's clock is wrong)"
        case .notYetValid(let until):
            return "shows a certificate that is not valid before \(until): check the clocks of both machines"
        case .noTLS:
            return "speaks no TLS on this port: leave out \(options.tls), or name its TLS port with \(options.port)"
        case .unanswered:
            return
                "did not complete the handshake of TLS: if it speaks none on this port, leave out \(options.tls) or name its TLS port with \(options.port)"
        case .unexpectedTLS:
            return "speaks TLS on this port: give \(options.tls), or name its plain port with \(options.port)"
        case .wantsCertificate:
            return
                "asks for a certificate of ours, which CTI clients have none of: name its port for clients with \(options.port)"
        case .distrustsUs: return "does not trust the certificate that it was shown"
        case .versions: return "speaks no version of TLS that is accepted here (1.2 or newer): it needs a newer one"
        case .unusable(let file, let reason): return "\(file) cannot be used: \(reason)"
        case .impossibleName(let name):
            return "\(name) cannot be the name in a certificate: give one with \(options.name)"
        case .other(let text): return "failed in the handshake of TLS: \(text)"
        }
    }

    /// At most ten names: a certificate may have hundreds.
    private static func list(_ names: [String]) -> String {
        names.prefix(10).joined(separator: ", ") + (names.count > 10 ? " and \(names.count - 10) more" : "")
    }
}

/// What the beginning of a stream tells.
public enum TLSRecord {
    /// Whether bytes from the beginning of a stream are TLS: a handshake or an alert of any version since SSL 3. No CTI
    /// line begins like that. False for fewer than three bytes.
    public static func begins(_ bytes: some Collection<UInt8>) -> Bool {
        let head = Array(bytes.prefix(3))
        return head.count == 3 && (0x14...0x17).contains(head[0]) && head[1] == 3 && head[2] <= 4
    }
}

extension NIOSSLCertificate {
    /// The names and addresses that the certificate is good for, in its order. Control characters become `?`.
    public var carriedNames: [String] {
        _subjectAlternativeNames().compactMap { name in
            switch name.nameType {
            case .dnsName:
                String(decoding: name.contents.map { $0 < 0x20 || $0 == 0x7F ? 0x3F : $0 }, as: UTF8.self)
            case .ipAddress:
                try? SocketAddress(packedIPAddress: ByteBuffer(bytes: name.contents), port: 0).ipAddress
            default: nil
            }
        }
    }

    fileprivate var beginning: String { Self.text(notValidBefore) }
    fileprivate var end: String { Self.text(notValidAfter) }

    private static func text(_ seconds: time_t) -> String {
        Date(timeIntervalSince1970: Double(seconds)).ISO8601Format()
    }

    /// Whether the certificate is for this name, in any case; `*.example.org` stands for one label.
    func carries(_ name: String) -> Bool {
        let wanted = Array(name.lowercased().utf8)
        return _subjectAlternativeNames().contains { entry in
            guard entry.nameType == .dnsName else { return false }
            let found = Array(String(decoding: entry.contents, as: UTF8.self).lowercased().utf8)
            if found == wanted { return true }
            guard found.starts(with: "*.".utf8), let dot = wanted.firstIndex(of: UInt8(ascii: ".")), dot > 0 else {
                return false
            }
            return wanted[dot...].elementsEqual(found[1...])
        }
    }
}
