import TandemCore

/// The proof of a password in `login_pass` (CTI reference 2.2): lower-case hex of SHA-1 over the UTF-8 bytes of
/// `<sessionid>:<password>`.
///
/// This module holds no cryptography: the shell hands in its hash function.
public enum CTIPassword {
    /// The proof of a password.
    ///
    /// - Parameter sha1: 20 bytes of SHA-1 over the given bytes.
    public static func hash(sessionID: String, password: Secret, sha1: ([UInt8]) -> [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in sha1(Array((sessionID + ":" + password.reveal()).utf8)) {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether two proofs are the same. It takes the same time wherever they differ.
    public static func matches(_ expected: String, _ received: String) -> Bool {
        let left = Array(expected.utf8)
        let right = Array(received.utf8)
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for place in left.indices { difference |= left[place] ^ right[place] }
        return difference == 0
    }
}
