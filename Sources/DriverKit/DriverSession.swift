import PBX
import TandemCore

/// What is peculiar to one kind of PBX: its protocol and how it is read. A value without sockets and clocks: bytes,
/// actions and moments in; facts, outcomes and bytes out, left behind in the output. `ConnectedDriver` does the rest.
///
/// A session outlives its connections: numbers that name questions at the PBX go on, so that a late answer to a former
/// connection cannot be taken for one of this.
public protocol DriverSession {
    /// What this PBX can do. Actions of other kinds do not get here.
    var capabilities: Set<PBXCapability> { get }
    /// Whether actions can be put to the PBX now: it is connected, logged in and loaded.
    var isReady: Bool { get }
    /// When `advance` is wanted next; nil: never.
    var nextDeadline: Instant? { get }
    /// What the session itself counts: messages, ignored, unknown, late and unknown answers, timeouts. What the driver
    /// counts (connections, bytes, actions) is filled in by the driver.
    var metrics: DriverMetrics { get }

    /// A connection stands: and the handshake of TLS is over: a greeting or login may be sent. Once the PBX is ready
    /// the session calls `beginSnapshot`, tells everything, and calls `endSnapshot`.
    mutating func connected(at now: Instant, into output: inout DriverOutput)
    /// The connection is gone, or is given up. What waits for answers gets none; the driver tells the actions.
    mutating func disconnected()
    /// Bytes came, in pieces of any size. A stream that cannot be understood ends with `output.end`.
    mutating func received(_ bytes: UnsafeRawBufferPointer, at now: Instant, into output: inout DriverOutput)
    /// All that came at this time has been received: questions that follow from it may be put together.
    mutating func readCompleted(at now: Instant, into output: inout DriverOutput)
    /// Tells everything once more, from `beginSnapshot` to `endSnapshot`: the node wants to see objects that it did not
    /// look for so far. Only called while `isReady` and outside a snapshot.
    mutating func tellAgain(at now: Instant, into output: inout DriverOutput)
    /// Puts an action to the PBX and says `wrote`; or refuses it with `failed`. Only called while `isReady`.
    mutating func perform(
        _ action: PBXAction, token: ActionToken, at now: Instant, into output: inout DriverOutput)
    /// Time passed: answers that did not come, keepalives, a silent PBX.
    mutating func advance(to now: Instant, into output: inout DriverOutput)
    /// The driver stops; a word of goodbye may be sent.
    mutating func sayGoodbye(at now: Instant, into output: inout DriverOutput)
}

extension DriverSession {
    /// Nothing follows from what was received.
    public mutating func readCompleted(at now: Instant, into output: inout DriverOutput) {}
    /// Nothing is said.
    public mutating func sayGoodbye(at now: Instant, into output: inout DriverOutput) {}
}
