import TandemCore

/// What carries messages between neighbours: links over sockets (`LinkTransport`), or something else, such as a message
/// broker. Replication, routing and commands are written against this and know nothing of how messages travel.
///
/// A transport knows who a neighbour is before it reports it (`TransportEvent.up`), delivers each neighbour's messages
/// in order and at most once, and loses none without reporting the neighbour down. Messages to a neighbour that is not
/// up are dropped.
protocol Transport {
    /// Sends a message to a neighbour.
    mutating func send(_ message: OutgoingMessage, to neighbour: SiteID, now: Instant)
    /// A neighbour has broken the rules: tell it why, and end the connection. `down` follows.
    mutating func cut(_ neighbour: SiteID, reason: String, now: Instant)
    /// Everything since the last call, in order, in exchange for a list whose content is dropped.
    mutating func takeEvents(into list: inout [TransportEvent])
}

/// A neighbour as its transport knows it.
struct Neighbour: Hashable, Sendable {
    /// The proven name.
    let site: SiteID
    /// The number of its life.
    let incarnation: UInt64
}

/// What a transport reports.
enum TransportEvent: Sendable {
    /// Messages can be exchanged with a neighbour. Nothing of an earlier connection counts any more.
    case up(Neighbour)
    /// Whether routes may lead over the neighbour: it has shown that it follows, and nobody has said goodbye.
    case carriesRoutes(SiteID, Bool)
    /// A message of a neighbour that is up, and its size in bytes.
    case message(NeighbourMessage, from: SiteID, size: Int)
    /// Whether there is room for changes and snapshots. Other messages are few and always go.
    case room(SiteID, Bool)
    /// How long a message takes to the neighbour and back, smoothed.
    case roundTrip(SiteID, Duration)
    /// The neighbour is gone; what was under way may be lost.
    case down(SiteID, reason: String)
    /// What the transport itself asks of the shell, in its place among the events.
    case effect(FederationEffect)
}

/// A message of a neighbour.
enum NeighbourMessage: Sendable {
    /// News of beats. `sentAt`: the earliest moment at which the message can have been sent; nil when nothing is known
    /// about its age, so that it proves nothing.
    case beats([BeatNews], sentAt: Instant?)
    case linkState(LinkStateAdvertisement)
    case pull(PullFrame)
    case unpull(SiteID)
    case changes(ChangesFrame)
    case snapshot(SnapshotFrame)
    case digest(DigestFrame)
    case command(CommandFrame)
    case progress(ProgressFrame)
    case answer(AnswerFrame)
}

/// A message to a neighbour.
enum OutgoingMessage: Hashable, Sendable {
    /// News of beats; also the sign of life, once per heartbeat, even when there is no news.
    case beats([BeatNews])
    case linkState(LinkStateAdvertisement)
    case pull(PullFrame)
    case unpull(SiteID)
    /// Changes or a part of a snapshot: the messages that wait while there is no room.
    case bulk(EncodedMessage)
    case digest(DigestFrame)
    case command(CommandFrame)
    case progress(ProgressFrame)
    case answer(AnswerFrame)
}
