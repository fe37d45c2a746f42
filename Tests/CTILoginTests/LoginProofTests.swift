import CTILogin
import TandemCore
import Testing

@Suite("Proof of a password at login")
struct LoginProofTests {
    @Test(
        "SHA-1 gives the digests of its standard, RFC 3174 section 7.3",
        arguments: [
            ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
            ),
        ])
    func knownDigests(text: String, digest: String) { #expect(LoginProof.sha1Hex(text) == digest) }

    @Test(
        "The proof covers session, colon and password, in UTF-8",
        arguments: [
            ("q1WzE9xLp0", "sécret", "1e5e6a9f33a4e6952955750f46ac563902813032"),
            ("abcdefghij", "", "beaca19508ce24a3585c2c13093414d494955533"),
        ])
    func knownProofs(session: String, password: String, proof: String) {
        #expect(LoginProof.of(sessionID: session, password: Secret(password)) == proof)
    }
}
