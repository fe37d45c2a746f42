import Foundation
import NIOSSL

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
    /// One side wants a certificate that the other has none of.
    case wantsCertificate
    /// The other side does not trust the certificate that we show.
    case distrustsUs
    /// The other side says that the time of the certificate that we show is over.
    case oursExpired
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
        } else if says("EXPIRED") {
            self = .oursExpired
        } else if says("UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_UNKNOWN") {
            self = .distrustsUs
        } else if says("CERTIFICATE_REQUIRED", "PEER_DID_NOT_RETURN") {
            self = .wantsCertificate
        } else if says("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "HANDSHAKE_FAILURE_ON_CLIENT_HELLO") {
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
        case .oursExpired: return "says that the certificate that it was shown has expired"
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
