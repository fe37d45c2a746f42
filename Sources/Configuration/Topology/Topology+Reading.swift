import Federation
import PBX
import TandemCore

extension Topology {
    /// Reads and checks a topology file.
    /// - Parameters:
    ///   - drivers: the drivers that `pbx:` may name.
    ///   - warnings: receives what is worth saying though the file can be used.
    public static func load(
        _ path: String, drivers: [DriverDescription], warnings: inout [Diagnostic]
    ) throws(ConfigurationError) -> Topology {
        try parse(Files.read(path), file: path, drivers: drivers, warnings: &warnings)
    }

    /// Reads and checks a topology file; warnings are dropped (`check()` says them again).
    public static func load(_ path: String, drivers: [DriverDescription]) throws(ConfigurationError) -> Topology {
        var warnings: [Diagnostic] = []
        return try load(path, drivers: drivers, warnings: &warnings)
    }

    /// Reads and checks the text of a topology file.
    public static func parse(
        _ text: String, file: String, drivers: [DriverDescription], warnings: inout [Diagnostic]
    ) throws(ConfigurationError) -> Topology {
        let reader = DocumentReader(file: file)
        var topology = read(reader, text, drivers)
        topology?.source = reader.source
        if let topology { reader.add(topology.check() + topology.checkTrunks(drivers)) }
        let checked = try reader.finish(topology)
        warnings.append(contentsOf: reader.diagnostics)
        return checked
    }

    private static func read(
        _ reader: DocumentReader, _ text: String, _ drivers: [DriverDescription]
    ) -> Topology? {
        guard let root = reader.root(of: text),
            let section = root.section(["federation", "sites", "links", "timings"])
        else { return nil }
        let name = section.required("federation", "the federation's name")?.text()
        let timings = section["timings"].flatMap(TimingsReading.read)
        var sites: [NodeConfiguration] = []
        var ownTimings: Set<SiteID> = []
        let sitesField = section.required("sites", "a mapping from site names to sites")
        for (key, keyCursor, value) in sitesField?.entries("a mapping from site names to sites") ?? [] {
            guard let site = SiteID(key) else {
                keyCursor.fail("found \"\(key)\"; accepted: a site name of letters, digits, \"-\", \"_\" and \".\"")
                continue
            }
            guard let fields = value.section(NodeReading.keys) else { continue }
            var node = NodeReading.read(fields, site: site, drivers: drivers)
            if fields["timings"] != nil {
                ownTimings.insert(site)
            } else if let timings {
                node.timings = timings
            }
            sites.append(node)
        }
        if let sitesField, sites.isEmpty, reader.diagnostics.isEmpty { sitesField.fail("a federation needs a site") }
        let links = section["links"]?.list("a list of {between: [a, b], cost: 10}", of: readLink) ?? []
        // Two ends with different patience would raise false alarms, so one preset holds for the whole federation:
        // the patient one as soon as a link asks for it.
        if timings == nil, !links.isEmpty, links.allSatisfy({ $0.timings == .lan }) {
            for index in sites.indices where !ownTimings.contains(sites[index].name) { sites[index].timings = .lan }
        }
        return name.map { Topology(federation: $0, sites: sites, links: links) }
    }

    private static func readLink(_ cursor: Cursor) -> Link? {
        let keys = ["between", "cost", "address", "dials", "policy", "policies", "timings"]
        guard let fields = cursor.section(keys),
            let between = fields.required("between", "[a, b], two site names"),
            let ends = between.list("[a, b], two site names")
        else { return nil }
        let names = ends.compactMap { $0.siteID() }
        guard names.count == ends.count else { return nil }
        guard names.count == 2, names[0] != names[1] else {
            between.fail("found \(names.map(\.name)); accepted: two different site names")
            return nil
        }
        var link = Link(names[0], names[1])
        if let cost = fields["cost"]?.integer(LinkReading.costs, "a cost") { link.cost = cost }
        for (site, value) in perSide(fields["address"], link, "an address per side: {site: HOST:PORT}") {
            link.addresses[site] = value.address(allowAnyPort: false)
        }
        if let dials = fields["dials"]?.list("a list of the sides that dial") {
            link.dials = Set(dials.compactMap { $0.word([(names[0].name, names[0]), (names[1].name, names[1])]) })
            if dials.isEmpty { fields["dials"]?.fail("one side must dial; accepted: one or both of the link's sites") }
        }
        if let policy = fields["policy"].flatMap(LinkReading.policy) {
            link.policies = [names[0]: policy, names[1]: policy]
        }
        for (site, value) in perSide(fields["policies"], link, "a policy per side: {site: {export, accept, verbs}}") {
            link.policies[site] = LinkReading.policy(value)
        }
        link.timings = fields["timings"]?.word(Link.Preset.allCases.map { ($0.rawValue, $0) })
        return link
    }

    private static func perSide(_ cursor: Cursor?, _ link: Link, _ accepted: String) -> [(SiteID, Cursor)] {
        guard let cursor else { return [] }
        return cursor.entries(accepted).compactMap { key, keyCursor, value in
            guard let site = SiteID(key), link.other(than: site) != nil else {
                keyCursor.fail("\"\(key)\" is no end of this link; accepted: \(link.first), \(link.second)")
                return nil
            }
            return (site, value)
        }
    }
}
