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
        let text = String(describing: error)
        if text.localizedMatch("CERTIFICATE_VERIFY_FAILED"), let shown,
            Double(shown.notValidAfter) < NodeClock.now().unixTime
        {
            return "has a certificate that has expired: renew it with 'tandem pki site'"
        }
        if text.localizedMatch("WRONG_VERSION_NUMBER") || text.localizedMatch("HTTP_REQUEST")
            || text.localizedMatch("HTTPS_PROXY_REQUEST") || text.localizedMatch("UNEXPECTED_MESSAGE")
        {
            return "speaks no TLS: rcti is TLS 1.3 with certificates on both sides"
        }
        if text.localizedMatch("CERTIFICATE_VERIFY_FAILED") {
            return
                "has a certificate that this node does not trust (wrong CA, or expired): renew it with 'tandem pki site' under the federation's CA"
        }
        if text.localizedMatch("EXPIRED") {
            return "says that our certificate has expired: renew it with 'tandem pki site'"
        }
        if text.localizedMatch("UNKNOWN_CA") || text.localizedMatch("BAD_CERTIFICATE")
            || text.localizedMatch("CERTIFICATE_UNKNOWN")
        {
            return "does not trust our certificate: both sites need certificates of the same CA"
        }
        if text.localizedMatch("CERTIFICATE_REQUIRED") || text.localizedMatch("PEER_DID_NOT_RETURN") {
            return "showed no certificate"
        }
        return "failed: \(text)"
    }
}

extension String {
    fileprivate func localizedMatch(_ part: String) -> Bool {
        self.uppercased().replacing(" ", with: "_").contains(part)
    }
}
