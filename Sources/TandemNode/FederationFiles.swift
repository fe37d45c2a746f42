import Configuration
import FoundationEssentials
import NIOCore
import NIOPosix
import PKI
import TandemCore

/// Writes a federation's files: each node's configuration with its certificates.
public enum FederationFiles {
    /// Writes `DIR/<site>/tandem.yaml` and the rest (see `Topology.render`). The CA is `DIR/ca`: it is kept when it is
    /// there already, so that a topology can be rendered again. Without TLS, links are plain TCP, for loopback only.
    @discardableResult
    public static func render(_ topology: Topology, to directory: String, withTLS: Bool = true) throws
        -> Topology.Rendered
    {
        guard withTLS else { return try topology.render(to: directory, drivers: Drivers.descriptions) }
        let place = CertificateDirectory(directory + "/ca")
        try refuseExposed(place)
        let authority = try place.loadOrCreateAuthority(name: topology.federation, now: Date())
        return try topology.render(to: directory, drivers: Drivers.descriptions) { site, own in
            let issued = try authority.issue(site: site, names: topology.hosts(of: site), now: Date())
            try CertificateDirectory.write(issued, authority: authority, to: own)
            return TLSFiles(
                certificate: CertificateDirectory.SiteFile.certificate, key: CertificateDirectory.SiteFile.key,
                authority: CertificateDirectory.SiteFile.authority)
        }
    }

    /// Throws `NodeError` when others than its owner may read an authority's key: whoever has it can join the federation.
    public static func refuseExposed(_ authority: CertificateDirectory) throws(NodeError) {
        if let exposed = SecretFile.exposure(of: authority.keyPath) { throw NodeError(exposed) }
    }

    /// Gives every listener of a topology a port of loopback that is free now.
    public static func assignFreePorts(to topology: inout Topology) async throws {
        // All stay open until each has its port, so that none is given twice.
        var channels: [any Channel] = []
        for index in topology.sites.indices {
            for path in [
                \ListenAddresses.cti, \ListenAddresses.ctis, \ListenAddresses.rcti, \ListenAddresses.info,
                \ListenAddresses.http,
            ] where topology.sites[index].listen[keyPath: path] != nil {
                let channel = try await openFreePort()
                topology.sites[index].listen[keyPath: path] = ListenAddress(
                    host: "127.0.0.1", port: channel.localAddress?.port ?? 0)
                channels.append(channel)
            }
        }
        for channel in channels { try await channel.close().get() }
    }

    /// Below the range from which systems give ports to outgoing connections, so that none takes the port before the
    /// node opens it; any port when none of a hundred is free there.
    private static func openFreePort() async throws -> any Channel {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        for _ in 0..<100 {
            let port = Int.random(in: 20_000..<32_000)
            if let channel = try? await bootstrap.bind(host: "127.0.0.1", port: port).get() { return channel }
        }
        return try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
    }
}

extension Topology {
    /// Names and addresses under which a site's listeners are reached: they stand in its certificate, so that clients
    /// over TLS can check it.
    func hosts(of site: SiteID) -> [String] {
        guard let node = self[site] else { return [] }
        var hosts = Set(node.listen.all.map(\.address).filter { !$0.isWildcard }.map(\.host))
        if let host = node.host { hosts.insert(host) }
        for link in links { if let address = link.addresses[site] { hosts.insert(address.host) } }
        return hosts.sorted()
    }
}
