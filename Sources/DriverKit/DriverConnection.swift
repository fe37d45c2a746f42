import TandemCore

/// Where a PBX is, and how patiently it is reached.
public struct DriverConnection: Hashable, Sendable {
    /// TLS from the first byte.
    public struct TLS: Hashable, Sendable {
        /// PEM file of the authorities that may have signed the PBX's certificate; nil: those of the system.
        public var certificateAuthorityFile: String?
        /// The name that the certificate must carry; nil: the host's name.
        public var serverName: String?
        /// TLS with verification of the certificate.
        public init(certificateAuthorityFile: String? = nil, serverName: String? = nil) {
            self.certificateAuthorityFile = certificateAuthorityFile
            self.serverName = serverName
        }
    }

    /// What kind of PBX it is, for people: `Asterisk`.
    public var kind: String
    /// Name or address of the machine.
    public var host: String
    /// Its TCP port.
    public var port: Int
    /// Nil: no TLS.
    public var tls: TLS?
    /// For the TCP connection and the handshake of TLS.
    public var connectTimeout: Duration
    /// The first wait before connecting again; doubled each time up to `longestRetryDelay`. A completed snapshot begins
    /// anew with it.
    public var shortestRetryDelay: Duration
    /// The longest wait before connecting again.
    public var longestRetryDelay: Duration
    /// The first wait after the PBX refused us: a login that failed fails again, and a PBX, or what guards it, bans an
    /// address that keeps trying. Doubled each time up to ten times as long.
    public var refusedRetryDelay: Duration

    /// A place with usual times.
    public init(
        kind: String, host: String, port: Int, tls: TLS? = nil, connectTimeout: Duration = .seconds(5),
        shortestRetryDelay: Duration = .milliseconds(250), longestRetryDelay: Duration = .seconds(15),
        refusedRetryDelay: Duration = .seconds(60)
    ) {
        self.kind = kind
        self.host = host
        self.port = port
        self.tls = tls
        self.connectTimeout = connectTimeout
        self.shortestRetryDelay = shortestRetryDelay
        self.longestRetryDelay = longestRetryDelay
        self.refusedRetryDelay = refusedRetryDelay
    }

    /// `Asterisk at pbx.example:5038`, for reasons and log lines.
    public var place: String { "\(kind) at \(host):\(port)" }
}
