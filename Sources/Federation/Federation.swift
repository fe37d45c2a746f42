import TandemCore

/// The federation core of one node: links, routing, replication and commands as one state machine without I/O.
///
/// Every function takes the present; what is to be done comes out of `takeEffects()`.
public struct Federation {
    /// What it was told.
    public private(set) var configuration: FederationConfiguration
    private var effects: [FederationEffect] = []

    /// A core with no links yet. `incarnation` MUST be higher than in every earlier life of this site.
    public init(configuration: FederationConfiguration, incarnation: UInt64, now: Moment) {
        self.configuration = configuration
    }

    /// The effects since the last call, in order.
    public mutating func takeEffects() -> [FederationEffect] {
        defer { effects.removeAll(keepingCapacity: true) }
        return effects
    }
}
