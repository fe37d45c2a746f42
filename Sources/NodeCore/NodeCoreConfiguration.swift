import CTIServer
import Federation
import SiteModel
import TandemCore

/// What a node's core is made from.
public struct NodeCoreConfiguration {
    /// The site's objects.
    public var site: SiteConfiguration
    /// Links and timings.
    public var federation: FederationConfiguration
    /// Listeners' limits, profiles, banner.
    public var cti: CTIServerConfiguration
    /// Whether a PBX stands beside the node; a relay has none.
    public var hasPBX: Bool
    /// What the PBX can do.
    public var capabilities: Set<PBXCapability>

    /// Makes a configuration.
    public init(
        site: SiteConfiguration, federation: FederationConfiguration, cti: CTIServerConfiguration, hasPBX: Bool,
        capabilities: Set<PBXCapability>
    ) {
        self.site = site
        self.federation = federation
        self.cti = cti
        self.hasPBX = hasPBX
        self.capabilities = capabilities
    }
}
