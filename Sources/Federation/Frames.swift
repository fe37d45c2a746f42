import TandemCore

/// The frames of a link, one JSON object per line. Fields, examples and meaning: docs/rcti.md.
enum Frame: Sendable {
    case hello(HelloFrame)
    case refused(reason: String)
    case heartbeat(HeartbeatFrame)
    case linkState(LinkStateAdvertisement)
    case pull(PullFrame)
    case unpull(SiteID)
    case changes(ChangesFrame)
    case snapshot(SnapshotFrame)
    case digest(DigestFrame)
    case command(CommandFrame)
    case progress(ProgressFrame)
    case answer(AnswerFrame)
    case bye(reason: String)
    /// A class that this version does not know: skipped, so that later minor versions can add some.
    case other(String)
}

/// The greeting of both sides.
struct HelloFrame: Hashable, Sendable {
    var versions: ClosedRange<Int>
    var site: SiteID
    var incarnation: UInt64
    var features: [String]
    /// Grows with each socket that the sender opens or accepts: tells the newer of two.
    var nonce: UInt64
    /// The sender's clock in microseconds.
    var stamp: Int64
}

/// Sign of life, echo and news of clocks.
struct HeartbeatFrame: Hashable, Sendable {
    struct Clock: Hashable, Sendable {
        var site: SiteID
        var incarnation: UInt64
        var sequence: UInt64
        var beat: UInt64
        var ageMilliseconds: Int64
    }
    var stamp: Int64
    /// The stamp of the last frame from the receiver, and for how long (microseconds) it was held.
    var echo: (stamp: Int64, held: Int64)?
    var clocks: [Clock]

    static func == (left: HeartbeatFrame, right: HeartbeatFrame) -> Bool {
        left.stamp == right.stamp && left.echo?.stamp == right.echo?.stamp && left.echo?.held == right.echo?.held
            && left.clocks == right.clocks
    }
    func hash(into hasher: inout Hasher) {
        hasher.combine(stamp)
        hasher.combine(clocks)
    }
}

/// Request for a site's changes after a position, and acknowledgement of everything up to it.
struct PullFrame: Hashable, Sendable {
    var site: SiteID
    var incarnation: UInt64
    var sequence: UInt64
    /// Changes that may be on the way at once.
    var window: Int
    /// Numbers the attempts of the puller; frames of an earlier attempt are skipped.
    var pull: UInt64
    /// A new attempt begins at the position; otherwise the frame acknowledges.
    var isStart: Bool
    /// Acknowledges the chunks of a snapshot up to this one.
    var chunk: Int?
}

/// Changes `from...to` of a site's log.
struct ChangesFrame: Sendable {
    enum Item: Sendable {
        case change(ObjectChange, encoded: [UInt8])
        /// This many changes are not for the receiver.
        case hole(UInt64)
    }
    var site: SiteID
    var pull: UInt64
    var incarnation: UInt64
    var from: UInt64
    var to: UInt64
    var list: [Item]
}

/// A part of a site's whole state at one position.
struct SnapshotFrame: Sendable {
    struct Object: Sendable {
        var key: ObjectKey
        var config: EncodedObject
        var status: EncodedObject
    }
    var site: SiteID
    var pull: UInt64
    var incarnation: UInt64
    var sequence: UInt64
    var chunk: Int
    var isLast: Bool
    var objects: [Object]
}

/// The digest of the sender's copy at a position.
struct DigestFrame: Hashable, Sendable {
    var site: SiteID
    var pull: UInt64
    var incarnation: UInt64
    var sequence: UInt64
    var digest: UInt64
}

/// A command on its way.
struct CommandFrame: Hashable, Sendable {
    var request: CommandRequest
    /// The nodes that it has passed, the submitter first.
    var hops: [SiteID]
}

/// A line for the submitter before the answer.
struct ProgressFrame: Hashable, Sendable {
    var key: IdempotencyKey
    /// The submitting site.
    var to: SiteID
    /// Relays that it may still pass without a trace of the command.
    var hops: Int
    /// Counts from 0.
    var number: Int
    var body: EncodedObject
}

/// The answer to a command.
struct AnswerFrame: Hashable, Sendable {
    var key: IdempotencyKey
    /// The submitting site.
    var to: SiteID
    /// Relays that it may still pass without a trace of the command.
    var hops: Int
    var answer: CommandAnswer
}

/// Why a line is not a frame.
struct FrameError: Error, Hashable, CustomStringConvertible {
    /// The class of the frame, when it could be read.
    var frame: String
    /// What is wrong, naming the field.
    var problem: String

    var description: String { frame.isEmpty ? problem : "\(frame): \(problem)" }
}
