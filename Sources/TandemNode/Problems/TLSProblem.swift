import ClientTLS
import NIOCore
import NIOSSL
import TandemCore

/// Turns TLS errors into sentences that a person can act on.
enum TLSProblem {
    /// Whether the other side merely went away, or a socket broke; nothing was wrong with what it showed.
    static func isMereEnd(_ error: any Error) -> Bool {
        if error is IOError { return true }
        guard let error = error as? NIOSSLError else { return false }
        return error == .uncleanShutdown
    }

    /// The sentence, beginning with a verb: "could not be trusted: …".
    /// `shown`: the peer's certificate, as far as the handshake got.
    static func describe(_ error: any Error, shown: NIOSSLCertificate? = nil) -> String {
        switch TLSFailure(error, wanted: "", shown: shown, trusted: nil) {
        case .expired: "has a certificate that has expired: renew it with 'tandem pki site'"
        case .notYetValid(let until):
            "has a certificate that is not valid before \(until): check the clocks of both machines"
        case .unknownAuthority:
            "has a certificate that this node does not trust (wrong CA, or expired): renew it with 'tandem pki site' under the federation's CA"
        case .noTLS: "speaks no TLS: rcti is TLS 1.3 with certificates on both sides"
        case .oursExpired: "says that our certificate has expired: renew it with 'tandem pki site'"
        case .distrustsUs: "does not trust our certificate: both sites need certificates of the same CA"
        case .wantsCertificate: "showed no certificate"
        default: "failed: \(error)"
        }
    }
}
