/// The bounds of everything that arrives from outside, in one place. Each value is a default; where a number can be
/// configured, the configuration's value is passed in and this one is only its default.
///
/// Every bound has its row in `Bound.all`, from which the manual's table is written; tests keep both complete.
public enum Limits {
    // MARK: Lines of the CTI port

    /// Bytes of one line before login. A login line has a few hundred bytes; strangers get no more memory.
    public static let clientLineBeforeLogin = 64 << 10
    /// Bytes of one line after login. Large enough for a file chunk or a long list, small enough to hold for many.
    public static let clientLineAfterLogin = 1 << 20
    /// Time from accept to the end of the login.
    public static let loginTime = Duration.seconds(5)
    /// Connections to the CTI ports at a time.
    public static let clients = 10_000
    /// Levels of nested arrays and objects. Nothing in the protocol exceeds six; more is an attack on the stack.
    public static let jsonDepth = 64
    /// Bytes waiting for one subscriber who does not read. Beyond it only the latest state per object is kept.
    public static let pendingBytesPerSubscriber = 4 << 20
    /// Names of objects that are gone, kept for a client that does not read: calls come and go, and their names alone
    /// would fill the memory for a client that never reads again.
    public static let missedObjects = 100_000
    /// Commands of one client that have not been answered yet. More are refused until some are answered.
    public static let pendingCommandsPerClient = 1_000
    /// Connections that have not logged in, at a time. Those who log in do so within moments; for the others this is what
    /// their lines may fill.
    public static let strangers = 2_048
    /// Of these, connections of one address: a company may be behind it, and come back all at once.
    public static let strangersPerAddress = 512
    /// Failures to log in to one account from one address that cost nothing.
    public static let freeLoginFailures = 5
    /// The longest pause between further attempts at that account from that address.
    public static let longestLoginPause = Duration.seconds(300)
    /// Failures to log in of one address, and at one account, that cost nothing.
    public static let freeLoginFailuresTogether = 20
    /// Entries of each table of attempts to log in: accounts from addresses, addresses, accounts, and who is known from where.
    public static let throttleEntries = 10_000
    /// Of these, accounts of one address, and known addresses of one account.
    public static let throttleShare = 1_024

    // MARK: Frames between nodes

    /// Bytes of one frame on a link. Several such frames fit into any buffer on the way.
    public static let peerFrame = 1 << 20
    /// Changes in one frame. It bounds the time for which a frame occupies the event loop (about a millisecond).
    public static let changesPerFrame = 2_000
    /// Bytes of the documents in one snapshot frame. Small, so that commands interleave with a long snapshot.
    public static let snapshotChunk = 64 << 10
    /// Changes of one site on the way to one peer that are not acknowledged yet.
    public static let changesInFlight = 4_096
    /// Bytes of changes and snapshots on the way to one peer that are not acknowledged yet.
    public static let bytesInFlight = 512 << 10
    /// Bytes waiting for a peer that does not read. Beyond it the connection is cut: changes and snapshots are bounded long
    /// before, so these are answers that nobody takes.
    public static let pendingBytesPerLink = 16 << 20
    /// Links that a frame may travel. The federation's diameter is far smaller; a loop ends here at the latest.
    public static let hops = 16
    /// Time for the handshake of TLS, on links and as a client.
    public static let handshakeTime = Duration.seconds(5)
    /// Accepted sockets of peers that have not said anything yet, at a time.
    public static let strangePeers = 64
    /// Of these, sockets of one address.
    public static let strangePeersPerAddress = 16
    /// Commands from one peer that wait for an answer.
    public static let commandsPerLink = 1_024
    /// Commands submitted at one node that wait for an answer.
    public static let commandsSubmitted = 16_384
    /// The longest time that a command may ask for, whatever its verb; waiting commands cost memory.
    public static let commandTime = Duration.seconds(60)
    /// Bytes of a command's body.
    public static let commandBody = 128 << 10
    /// Lines that the ledger holds. Beyond them the oldest are forgotten, as soon as no command can still be under way.
    public static let ledger = 1_000_000
    /// Links of one site.
    public static let linksPerSite = 512
    /// Sites in the federation.
    public static let sites = 4_096
    /// Objects of one site.
    public static let objectsPerSite = 4_000_000
    /// Bytes of one site's objects.
    public static let bytesPerSite = 2 << 30
    /// Bytes of one site's log of changes; a peer further behind gets a snapshot.
    public static let logBytes = 32 << 20

    // MARK: Identifiers and texts

    /// Bytes of an object's id within its site.
    public static let objectID = 512
    /// Bytes of an object's id in a configuration file.
    public static let configuredID = 256
    /// Bytes of a site's name.
    public static let siteID = 64
    /// Bytes of a host name.
    public static let hostName = 255
    /// Bytes of a login name.
    public static let loginName = 128
    /// Bytes of the key that a client may send with a command.
    public static let clientKey = 64
    /// Bytes of a key between nodes: that of a client fits, with the names of its site and of its user, each of whose bytes
    /// may take three.
    public static let federationKey = 1_024
    /// Bytes of a command's verb between nodes.
    public static let verb = 128
    /// Bytes of a reason between nodes.
    public static let reason = 1_024
    /// Bytes of a value that is sent to a PBX.
    public static let headerText = 1_024
    /// Bytes of the name of a channel, a device, a queue, a room or a parking lot that is sent to a PBX.
    public static let pbxName = 256
    /// Bytes of a context's name.
    public static let contextName = 79
    /// Characters of a number that is dialled, and of a mailbox's.
    public static let dialledNumber = 80
    /// Bytes of a text that a PBX is given for people to read.
    public static let shownText = 256
    /// Bytes of the name of a recording.
    public static let fileName = 128
    /// The highest penalty of a queue's member.
    public static let penalty = 1_000_000
    /// Bytes of a chat message. Longer texts are refused, not cut.
    public static let chatText = 16 << 10
    /// Bytes of a `commandid` that is echoed. Clients send small numbers; a longer one is not echoed.
    public static let commandID = 256

    // MARK: The manager interface

    /// Bytes of one AMI line.
    public static let managerLine = 64 << 10
    /// Places at which one endpoint is registered; PJSIP's `max_contacts` is a handful.
    public static let contactsOfEndpoint = 64
    /// Hints that watch one device.
    public static let hintsOfDevice = 32
    /// Agents that a dial plan logs in by events of its own.
    public static let dialplanAgents = 10_000
    /// Length up to which a list (callers of a queue, participants, calls of a phone) is told whole with each change. A
    /// longer one waits a millisecond for each of its elements before it is told again.
    public static let listToldAtOnce = 32
    /// Headers of one AMI message.
    public static let managerHeaders = 1_024
    /// Bytes of one AMI message.
    public static let managerMessage = 1 << 20
    /// Actions that wait for a PBX's answer.
    public static let pendingActions = 1_000

    // MARK: The HTTP port and what is kept

    /// Connections to the HTTP port at a time.
    public static let httpConnections = 128
    /// Connections to the control socket at a time.
    public static let controlConnections = 32
    /// Of them, those of one address.
    public static let httpConnectionsPerAddress = 32
    /// Time for an HTTP request to arrive, and between two.
    public static let httpTime = Duration.seconds(10)
    /// Time for an HTTP answer to be made and to be taken.
    public static let httpAnswerTime = Duration.seconds(60)
    /// Bytes of an HTTP request's first line and headers.
    public static let httpHead = 16 << 10
    /// Bytes of an HTTP request's body, in which nothing is looked for.
    public static let httpBody = 64 << 10
    /// Bytes of an HTTP connection that are read at a time: what is asked ahead of its turn fits.
    public static let httpRead = 4 << 10
    /// Bytes of an answer that are made at a time.
    public static let httpPart = 64 << 10
    /// Bytes of the file with the HTTP port's token.
    public static let httpTokenFile = 1_024
    /// Rows of one page of the API.
    public static let httpRows = 10_000
    /// Calls that the store keeps per user; older ones are forgotten.
    public static let callsPerUser = 1_000
    /// Audit lines that the store keeps; older ones are forgotten.
    public static let auditLines = 100_000
    /// Rows with impossible values that the store keeps aside; older ones are forgotten.
    public static let setAside = 1_000
    /// Time for a write that somebody waits for; a store that takes longer counts as unavailable until it has caught up.
    public static let storeTime = Duration.seconds(2)
    /// Entries that wait in memory for a store that cannot write.
    public static let storeEntries = 200_000

    // MARK: Files

    /// Bytes of a configuration or topology file.
    public static let configurationFile = 16 << 20
    /// Values in such a file, those that an alias repeats counted each time.
    public static let configurationValues = 1_000_000
    /// Errors of one file that are told, and warnings; the rest is counted.
    public static let configurationProblems = 100
    /// Bytes of the path of a Unix socket: what `sun_path` holds on Linux, without its zero.
    public static let socketPath = 107

    // MARK: The tools

    /// Bytes of a line that the proxies show; a longer one is forwarded only.
    public static let shownLine = 64 << 20
    /// Levels of JSON that the proxies take apart; what is deeper is shown as it came.
    public static let shownDepth = 1_000
    /// Bytes of output that wait before the dialogue is held up.
    public static let shownPending = 4 << 20
    /// Classes per side that ctistat tells apart.
    public static let shownClasses = 10_000
}
