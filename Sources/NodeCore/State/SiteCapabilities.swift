import TandemCore

/// What the PBXs of other sites can do, as those tell in the configuration of their own objects (`site:<name>/self`).
struct SiteCapabilities: Sendable {
    private var told: [SiteID: Set<PBXCapability>] = [:]

    /// Reads what a site says of its PBX; nil: it says nothing.
    mutating func read(_ config: EncodedObject?, of site: SiteID) {
        // Words of a later release are none that a command of ours needs.
        told[site] = config?.value(of: "capabilities")?.arrayValue.map { words in
            Set(words.compactMap { $0.stringValue.flatMap { PBXCapability(rawValue: $0) } })
        }
    }

    /// What a site's PBX can do. One that has not told may be able to do everything.
    subscript(site: SiteID) -> Set<PBXCapability> { told[site] ?? Set(PBXCapability.allCases) }
}
