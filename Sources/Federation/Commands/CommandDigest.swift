import TandemCore

/// A mark of what a command is, so that a key that is used again for another command is noticed. It is stored, so it is the
/// same in every life of every node: FNV-1a over the verb and the bytes of the command.
public struct CommandDigest: Hashable, Sendable {
    /// 64 bits.
    public let number: UInt64

    /// A digest that was stored.
    public init(number: UInt64) { self.number = number }

    /// The digest of a command as it crosses links.
    init(verb: String, body: EncodedObject) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in verb.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        // No verb holds a zero.
        hash = hash &* 0x100_0000_01B3
        for byte in body.bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        number = hash
    }

    /// Whether two commands may be the same. Nil: nothing is known of one of them.
    static func mayBeSame(_ one: CommandDigest?, _ other: CommandDigest?) -> Bool {
        guard let one, let other else { return true }
        return one == other
    }
}
