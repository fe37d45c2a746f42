/// What the beginning of a stream tells.
public enum TLSRecord {
    /// Whether bytes from the beginning of a stream are TLS: a handshake or an alert of any version since SSL 3. No CTI
    /// line begins like that. False for fewer than three bytes.
    public static func begins(_ bytes: some Collection<UInt8>) -> Bool {
        let head = Array(bytes.prefix(3))
        return head.count == 3 && (0x14...0x17).contains(head[0]) && head[1] == 3 && head[2] <= 4
    }
}
