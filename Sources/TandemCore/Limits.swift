/// The bounds of everything that arrives from outside, in one place. Each value is a default; where a number can be
/// configured, the configuration's value is passed in and this one is only its default.
public enum Limits {
    // MARK: Lines of the CTI port

    /// Bytes of one line before login. A login line has a few hundred bytes; strangers get no more memory.
    public static let clientLineBeforeLogin = 64 << 10
    /// Bytes of one line after login. Large enough for a file chunk or a long list, small enough to hold for many.
    public static let clientLineAfterLogin = 1 << 20
    /// Levels of nested arrays and objects. Nothing in the protocol exceeds six; more is an attack on the stack.
    public static let jsonDepth = 64
    /// Bytes waiting for one subscriber who does not read. Beyond it only the latest state per object is kept.
    public static let pendingBytesPerSubscriber = 4 << 20
    /// Commands of one client that have not been answered yet. More are refused until some are answered.
    public static let pendingCommandsPerClient = 1_000

    // MARK: Frames between nodes

    /// Bytes of one frame on a link. Several such frames fit into any buffer on the way.
    public static let peerFrame = 1 << 20
    /// Changes in one frame. It bounds the time for which a frame occupies the event loop (about a millisecond).
    public static let changesPerFrame = 2_000
    /// Bytes of the documents in one snapshot frame. Small, so that commands interleave with a long snapshot.
    public static let snapshotChunk = 64 << 10
    /// Bytes waiting for a peer that does not read. Beyond it the connection is cut: changes and snapshots are bounded long
    /// before, so these are answers that nobody takes.
    public static let pendingBytesPerLink = 16 << 20
    /// Links that a frame may travel. The federation's diameter is far smaller; a loop ends here at the latest.
    public static let hops = 16

    // MARK: Identifiers

    /// Bytes of an object's id within its site.
    public static let objectID = 512
    /// Bytes of a site's name.
    public static let siteID = 64
    /// Bytes of a value that is sent to a PBX.
    public static let headerText = 1_024
    /// Bytes of a chat message. Longer texts are refused, not cut.
    public static let chatText = 16 << 10
    /// Bytes of a `commandid` that is echoed. Clients send small numbers; a longer one is not echoed.
    public static let commandID = 256
}
