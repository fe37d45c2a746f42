import Federation
import SiteModel
import TandemCore

/// A whole federation in one file: sites with their nodes, and the links between them.
public struct Topology: Hashable, Sendable {
    /// The federation's name.
    public var federation: String
    /// The sites in the order of the file. Their `links` and `rcti` are empty: see `node(for:)`.
    public var sites: [NodeConfiguration]
    /// The links in the order of the file.
    public var links: [Link]
    var source: SourceMap

    /// Makes a topology; `check()` says whether it holds together.
    public init(federation: String, sites: [NodeConfiguration], links: [Link]) {
        self.federation = federation
        self.sites = sites
        self.links = links
        source = SourceMap(file: federation)
    }

    /// A link between two sites.
    public struct Link: Hashable, Sendable {
        /// The two sites.
        public var first: SiteID, second: SiteID
        /// Cost for shortest paths.
        public var cost: Int
        /// Where a side is reached, when not at its own rcti listener.
        public var addresses: [SiteID: ListenAddress]
        /// Which sides dial; both by default (one socket survives).
        public var dials: Set<SiteID>
        /// What a side lets the other see and do; missing: everything.
        public var policies: [SiteID: LinkPolicy]
        /// The preset that the link asks for; nil: none.
        public var timings: Preset?

        /// Names of the stock timings.
        public enum Preset: String, CaseIterable, Hashable, Sendable {
            /// Within a building.
            case lan
            /// Over the internet or leased lines.
            case wan
        }

        /// Makes a link that both sides dial, without restrictions.
        public init(_ first: SiteID, _ second: SiteID, cost: Int = 10) {
            self.first = first
            self.second = second
            self.cost = cost
            addresses = [:]
            dials = [first, second]
            policies = [:]
        }

        /// The other end, nil when the site is no end of the link.
        public func other(than site: SiteID) -> SiteID? {
            site == first ? second : site == second ? first : nil
        }
    }

    /// The site of a name.
    public subscript(site: SiteID) -> NodeConfiguration? { sites.first { $0.name == site } }

    /// Where a side of a link is reached: its own address in the link, else its host with its rcti port, else its
    /// rcti listener. Nil when it has no listener, listens on all addresses without a `host`, or on any free port.
    public func address(of site: SiteID, on link: Link) -> ListenAddress? {
        if let own = link.addresses[site] { return own }
        guard let node = self[site], var address = node.listen.rcti, address.port != 0 else { return nil }
        if let host = node.host { address.host = host }
        return address.isWildcard ? nil : address
    }

    /// The configuration of one site's node, with its links. Nil when there is no such site.
    /// - Parameter identity: its certificate files; nil: links are plain TCP.
    public func node(for site: SiteID, identity: TLSFiles? = nil) -> NodeConfiguration? {
        guard var node = self[site] else { return nil }
        node.rcti = identity
        if !node.pbx.isNone { addTrunks(to: &node) }
        node.links = links.compactMap { link in
            guard let peer = link.other(than: site) else { return nil }
            let address = address(of: peer, on: link)
            return NodeConfiguration.Link(
                peer: peer, address: address, cost: link.cost, dials: link.dials.contains(site) && address != nil,
                policy: link.policies[site] ?? .open)
        }
        return node
    }

    /// A site can dial every other site that has a prefix: what the file leaves out becomes the trunk that the rendered
    /// configuration of the PBX names.
    private func addTrunks(to node: inout NodeConfiguration) {
        let known = Set(node.site.trunks.values.compactMap(\.site))
        var number = 0
        for other in sites where other.name != node.name && !known.contains(other.name) {
            guard let prefix = other.site.prefix else { continue }
            repeat { number += 1 } while node.site.trunks[String(number)] != nil
            node.site.trunks[String(number)] = SiteConfiguration.Trunk(
                endpoint: node.pbx.trunkDevice(to: other.name), site: other.name, prefix: prefix)
        }
    }
}
