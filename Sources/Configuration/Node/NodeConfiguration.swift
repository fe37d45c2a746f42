import Federation
import PBX
import SiteModel
import TandemCore

/// Everything that one node is told: the content of its `tandem.yaml`.
public struct NodeConfiguration: Hashable, Sendable {
    /// The site's objects, prefix and context.
    public var site: SiteConfiguration
    /// The name under which other machines reach this node; nil: the host of the listeners. Only topology files need
    /// it: a link's default address is this host with the rcti port.
    public var host: String?
    /// Which PBX stands beside the node.
    public var pbx: DriverSettings
    /// The listeners.
    public var listen: ListenAddresses
    /// The node's identity on links; nil: links are plain TCP (refused unless everything is on loopback).
    public var rcti: TLSFiles?
    /// The certificate that CTIS clients see; nil: the one of the links.
    public var ctis: CertificateFiles?
    /// The links with their addresses.
    public var links: [Link]
    /// Delays and limits of the federation.
    public var timings: FederationTimings
    /// Where the node keeps what must survive.
    public var store: StoreConfiguration
    /// What is logged.
    public var log: LogConfiguration
    /// How clients are served.
    public var cti: CTISettings
    /// Who may ask the HTTP port.
    public var http: HTTPSettings
    /// Whether files with keys and passwords may be readable for other users (`secret_files: any`).
    public var mayExposeSecrets = false
    /// Path of the control socket for `tandem status` and its like; nil: none.
    public var control: String?

    /// A node with the defaults and no objects.
    public init(site: SiteConfiguration) {
        self.site = site
        pbx = .none
        listen = ListenAddresses()
        links = []
        timings = .wan
        store = StoreConfiguration()
        log = LogConfiguration()
        cti = CTISettings()
        http = HTTPSettings()
        control = NodeConfiguration.defaultControl
    }

    static let defaultControl = "tandem.sock"

    /// The site's name.
    public var name: SiteID { site.site }

    /// What the federation core is told.
    public var federation: FederationConfiguration {
        FederationConfiguration(
            site: name,
            links: links.map {
                FederationConfiguration.Link(peer: $0.peer, cost: $0.cost, dials: $0.dials, policy: $0.policy)
            },
            timings: timings)
    }

    /// Where a peer's rcti listener is; nil: the peer is unknown, or it dials and we only listen.
    public func address(of peer: SiteID) -> ListenAddress? { links.first { $0.peer == peer }?.address }

    /// A link as the node's file has it.
    public struct Link: Hashable, Sendable {
        /// The peer's site.
        public var peer: SiteID
        /// The peer's rcti listener; nil when only the peer dials.
        public var address: ListenAddress?
        /// Cost for shortest paths.
        public var cost: Int
        /// Whether this node dials.
        public var dials: Bool
        /// What the peer may see and do here.
        public var policy: LinkPolicy
        /// Makes a link.
        public init(
            peer: SiteID, address: ListenAddress?, cost: Int = 10, dials: Bool = true, policy: LinkPolicy = .open
        ) {
            self.peer = peer
            self.address = address
            self.cost = cost
            self.dials = dials
            self.policy = policy
        }
    }

    /// The same configuration with every path made absolute, relative to a directory.
    public func resolved(in directory: String) -> NodeConfiguration {
        func absolute(_ path: String) -> String {
            path.hasPrefix("/") ? path : directory.hasSuffix("/") ? directory + path : directory + "/" + path
        }
        var copy = self
        copy.rcti = rcti.map {
            TLSFiles(
                certificate: absolute($0.certificate), key: absolute($0.key), authority: absolute($0.authority))
        }
        func absolute(_ files: CertificateFiles) -> CertificateFiles {
            CertificateFiles(certificate: absolute(files.certificate), key: absolute(files.key))
        }
        copy.ctis = ctis.map(absolute)
        copy.http.certificate = http.certificate.map(absolute)
        copy.http.tokenFile = absolute(http.tokenFile)
        copy.store.path = store.path.map(absolute)
        copy.control = control.map(absolute)
        copy.pbx = pbx.mappingFiles(absolute)
        return copy
    }
}

/// Certificate, key and authority of a link, as PEM files.
public struct TLSFiles: Hashable, Sendable {
    /// The node's certificate (and intermediates, if any).
    public var certificate: String
    /// Its private key.
    public var key: String
    /// The authority that signed all peers' certificates (`ca` in the file).
    public var authority: String
    /// Makes file names.
    public init(certificate: String, key: String, authority: String) {
        self.certificate = certificate
        self.key = key
        self.authority = authority
    }
}

/// Certificate and key of a listener, as PEM files.
public struct CertificateFiles: Hashable, Sendable {
    /// The certificate chain.
    public var certificate: String
    /// Its private key.
    public var key: String
    /// Makes file names.
    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// Where a node keeps what must survive, and how hard it insists.
public struct StoreConfiguration: Hashable, Sendable {
    /// How a commit reaches the disk.
    public enum Synchronization: String, CaseIterable, Hashable, Sendable {
        /// Survives a killed process; a power cut may cost the last moments.
        case normal
        /// Survives a power cut; each commit waits for the disk.
        case full
    }
    /// The database file; nil: nothing is kept (`store: none`).
    public var path: String?
    /// How a commit reaches the disk (`fsync` in the file).
    public var synchronization: Synchronization
    /// Makes a store configuration.
    public init(path: String? = "tandem.sqlite", synchronization: Synchronization = .normal) {
        self.path = path
        self.synchronization = synchronization
    }
}

/// What is logged.
public struct LogConfiguration: Hashable, Sendable {
    /// The words of swift-log.
    public enum Level: String, CaseIterable, Hashable, Sendable {
        /// Every step; far too much for a node that works.
        case trace
        /// What helps to find a fault: each connection, each refusal.
        case debug
        /// What happens: clients and links that come and go.
        case info
        /// What an operator wants to have seen: ready, stopping, a slow client.
        case notice
        /// What is not as it should be and mends itself: a PBX or peer that is away.
        case warning
        /// What somebody must see to.
        case error
        /// What ends the node.
        case critical
    }
    /// The least important level that is written.
    public var level: Level
    /// Makes a log configuration.
    public init(level: Level = .info) { self.level = level }
}
