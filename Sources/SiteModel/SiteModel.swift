import TandemCore

/// The live lists of one site: a pure function from PBX facts to changes of objects.
public struct SiteModel {
    /// What the configuration says.
    public private(set) var configuration: SiteConfiguration

    /// A model with the configured objects and no runtime state.
    public init(configuration: SiteConfiguration) {
        self.configuration = configuration
    }
}
