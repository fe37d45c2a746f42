import TandemCore

/// Which PBX stands beside a node.
public enum PBXConfiguration: Hashable, Sendable {
    /// None: the node is a relay.
    case none
    /// A PBX that exists only in the node, for demos, training and tests.
    case simulated(Simulated)
    /// An Asterisk with its manager interface.
    case asterisk(Asterisk)

    /// How the simulated PBX behaves.
    public struct Simulated: Hashable, Sendable {
        /// How long a phone rings before it is answered.
        public var ring: Duration
        /// How long people talk before they hang up.
        public var talk: Duration
        /// Start of its random numbers.
        public var seed: UInt64
        /// Makes a simulated PBX.
        public init(ring: Duration = .seconds(2), talk: Duration = .seconds(30), seed: UInt64 = 1) {
            self.ring = ring
            self.talk = talk
            self.seed = seed
        }
    }

    /// How to reach an Asterisk.
    public struct Asterisk: Hashable, Sendable {
        /// Host of the manager interface.
        public var host: String
        /// Port of the manager interface.
        public var port: Int
        /// Manager user.
        public var user: String
        /// Manager secret.
        public var secret: Secret
        /// Whether the manager connection is TLS.
        public var tls: Bool
        /// PEM file of the authority of the manager's certificate; nil: the system's authorities.
        public var ca: String?
        /// Dialplan context in which originated calls start; nil: the site's.
        public var context: String?
        /// Where other PBXs send SIP to this one (for rendered trunks); nil: `host:5060`.
        public var sip: ListenAddress?
        /// Makes an Asterisk.
        public init(
            host: String, port: Int = 5038, user: String, secret: Secret, tls: Bool = false, ca: String? = nil,
            context: String? = nil, sip: ListenAddress? = nil
        ) {
            self.host = host
            self.port = port
            self.user = user
            self.secret = secret
            self.tls = tls
            self.ca = ca
            self.context = context
            self.sip = sip
        }
        /// Where other PBXs send SIP to this one.
        public var sipAddress: ListenAddress { sip ?? ListenAddress(host: host, port: 5060) }
    }

    /// The word behind `driver:`.
    public var driver: String {
        switch self {
        case .none: "none"
        case .simulated: "simulated"
        case .asterisk: "asterisk"
        }
    }
}
