import TandemCore

/// The listeners of a node; nil: not opened.
public struct ListenAddresses: Hashable, Sendable {
    /// CTI for clients, plain.
    public var cti: ListenAddress?
    /// CTI for clients, TLS from the first byte.
    public var ctis: ListenAddress?
    /// Links of other nodes.
    public var rcti: ListenAddress?
    /// The operator's line console.
    public var info: ListenAddress?
    /// Health, metrics, API and dashboard.
    public var http: ListenAddress?
    /// FastAGI for the PBX's dialplan.
    public var fagi: ListenAddress?
    /// The web interface's back door: reload and whitelisted commands.
    public var webi: ListenAddress?
    /// UDP announcements.
    public var announce: ListenAddress?

    /// No listeners.
    public init() {}

    /// Key, listener, whether it is UDP; only those that are set.
    public var all: [(key: String, address: ListenAddress, isUDP: Bool)] {
        Self.fields.compactMap { key, path in
            self[keyPath: path].map { (key, $0, key == "announce") }
        }
    }

    /// The keys of `listen:` in the order in which they are written.
    static var fields: [(String, WritableKeyPath<ListenAddresses, ListenAddress?>)] {
        [
            ("cti", \.cti), ("ctis", \.ctis), ("rcti", \.rcti), ("info", \.info), ("http", \.http), ("fagi", \.fagi),
            ("webi", \.webi), ("announce", \.announce),
        ]
    }
}
