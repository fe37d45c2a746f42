import Crypto
import TandemCore

/// What proves a password at a CTI login without sending it (CTI reference 2.2): made by every client, compared by the
/// server. SHA-1 is what the protocol prescribes; TLS is what protects it.
public enum LoginProof {
    /// SHA-1 of `session:password` in UTF-8, as 40 lower-case hexadecimal digits.
    public static func of(sessionID: String, password: Secret) -> String {
        sha1Hex(sessionID + ":" + password.reveal())
    }

    /// SHA-1 of a text's UTF-8 bytes as 40 lower-case hexadecimal digits.
    public static func sha1Hex(_ text: String) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var hex: [UInt8] = []
        hex.reserveCapacity(40)
        for byte in Insecure.SHA1.hash(data: Array(text.utf8)) {
            hex.append(digits[Int(byte >> 4)])
            hex.append(digits[Int(byte & 15)])
        }
        return String(decoding: hex, as: UTF8.self)
    }
}
