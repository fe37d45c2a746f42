import TandemCore

/// The addresses on which a node listens, once it is ready (port 0 in the configuration means any free port).
public struct NodeAddresses: Sendable, CustomStringConvertible {
    /// Every TCP listener with its name in the configuration, in the order of the ready line.
    public var ports: [(name: String, address: ListenAddress)] = []
    /// The control socket's path.
    public var control: String?

    /// Clients in the clear.
    public var cti: ListenAddress? { self["cti"] }
    /// Clients over TLS.
    public var ctis: ListenAddress? { self["ctis"] }
    /// Peers.
    public var rcti: ListenAddress? { self["rcti"] }
    /// Health, metrics, API.
    public var http: ListenAddress? { self["http"] }

    /// Where the listener of a name is; nil: there is none.
    public subscript(name: String) -> ListenAddress? { ports.first { $0.name == name }?.address }

    /// `cti 127.0.0.1:5003, rcti …` for the ready line.
    public var description: String {
        (ports.map { "\($0.name) \($0.address)" } + (control.map { ["control \($0)"] } ?? []))
            .joined(separator: ", ")
    }
}
