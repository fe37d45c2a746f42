/// The proof of a password in `login_pass` (CTI reference 2.2): lower-case hex of SHA-1 over the UTF-8 bytes of
/// `<sessionid>:<password>`.
///
/// This module holds no cryptography: whoever needs the hash brings it.
public enum CTIPassword {
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
