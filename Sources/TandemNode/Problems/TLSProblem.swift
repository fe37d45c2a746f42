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
    /// - Parameters:
    ///   - shown: the peer's certificate, as far as the handshake got.
    ///   - own: the certificate that we show.
    ///   - now: Unix seconds.
    static func describe(
        _ error: any Error, shown: NIOSSLCertificate? = nil, own: NIOSSLCertificate? = nil,
        now: Double = NodeClock.now().unixTime
    ) -> String {
        let failure = TLSFailure(error, wanted: "", shown: shown, trusted: nil)
        // The alert of TLS for a certificate that is not valid yet says that it has expired, or is bad.
        if failure == .distrustsUs || failure == .oursExpired, let own, Double(own.notValidBefore) > now {
            return
                "does not accept our certificate, which is not valid before \(own.beginning): check the clocks of both machines"
        }
        return switch failure {
        case .expired: "has a certificate that has expired: renew it with 'tandem pki site'"
        case .notYetValid(let until):
            "has a certificate that is not valid before \(until): check the clocks of both machines"
        case .unknownAuthority:
            "has a certificate that this node does not trust (wrong CA, or expired): renew it with 'tandem pki site' under the federation's CA"
        case .noTLS: "speaks no TLS: rcti is TLS 1.3 with certificates on both sides"
        case .oursExpired:
            "says that our certificate has expired: renew it with 'tandem pki site'"
                + (own.map { " (by this machine's clock it is valid from \($0.beginning) to \($0.end))" } ?? "")
        case .distrustsUs:
            "does not trust our certificate: both sites need certificates of the same CA"
                + (own.map { ", and clocks that agree (ours is valid from \($0.beginning))" } ?? "")
        case .wantsCertificate: "showed no certificate"
        default: "failed: \(error)"
        }
    }
}
