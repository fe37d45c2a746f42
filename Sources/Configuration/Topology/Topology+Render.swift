import SiteModel
import PBX
import TandemCore

extension Topology {
    /// Makes a site's certificate and key in a directory. Returns the file names relative to the directory.
    public typealias Certifier = (_ site: SiteID, _ directory: String) throws -> TLSFiles

    /// What `render` wrote.
    public struct Rendered: Hashable, Sendable {
        /// The nodes' files in the order of the sites.
        public var nodes: [String]
        /// All files, README and those for the PBXs included.
        public var files: [String]
    }

    /// Writes each node's files: `DIR/<site>/tandem.yaml` (mode 0600: it holds passwords), certificates beside it,
    /// `DIR/<site>/<driver>/` with what the site's driver has for its PBX, and `DIR/README.txt`. Existing files are replaced.
    ///
    /// - Parameters:
    ///   - drivers: the drivers that the sites name.
    ///   - certify: makes the certificates; nil: the nodes get no identity; CTIS, and HTTP for other
    ///     machines, are not opened.
    /// - Throws: `ConfigurationError` when the topology is wrong or a file cannot be written; what `certify` throws.
    @discardableResult
    public func render(
        to directory: String, drivers: [DriverDescription], certify: Certifier? = nil
    ) throws -> Rendered {
        let problems = check()
        let unusable = checkTrunks(drivers)
        if problems.hasErrors || unusable.hasErrors { throw ConfigurationError(problems + unusable) }
        var rendered = Rendered(nodes: [], files: [])
        for site in sites.map(\.name) {
            let own = directory + "/" + site.name
            try Files.makeDirectory(own)
            guard var node = node(for: site, identity: try certify?(site, own)) else { continue }
            if node.rcti == nil, node.ctis == nil { node.listen.ctis = nil }
            if node.httpCertificate == nil, node.listen.http?.isLoopback == false { node.listen.http = nil }
            let path = own + "/tandem.yaml"
            let head =
                "# Node of site \(site) in the federation \"\(federation)\". Written by tandem topology render.\n"
            try Files.save(head + node.yaml(drivers: drivers), to: path, secret: true)
            rendered.nodes.append(path)
            rendered.files.append(path)
            let files = drivers.first { $0.name == node.pbx.driver }?.files(node.pbx, trunkPlan(for: node, drivers))
            for file in files ?? [] {
                try Files.makeDirectory(own + "/" + node.pbx.driver)
                let path = own + "/" + node.pbx.driver + "/" + file.name
                try Files.save(file.text, to: path, secret: file.isSecret)
                rendered.files.append(path)
            }
        }
        try Files.save(readme(drivers), to: directory + "/README.txt", secret: false)
        rendered.files.append(directory + "/README.txt")
        return rendered
    }

    /// Trunks that cannot be rendered as they stand: of a technology that the site's driver does not write, towards a PBX
    /// whose address is not known, or towards the site's own PBX.
    func checkTrunks(_ drivers: [DriverDescription]) -> [Diagnostic] {
        func driver(_ node: NodeConfiguration) -> DriverDescription? { drivers.first { $0.name == node.pbx.driver } }
        var found: [Diagnostic] = []
        for node in sites {
            guard let own = driver(node), own.writesTrunks else { continue }
            for (id, trunk) in node.site.trunks.sortedByID {
                guard let far = trunk.site, let other = self[far], driver(other)?.writesTrunks == true else { continue }
                let path = "sites.\(node.name).trunks.\(id)"
                let technology = Endpoint.parts(trunk.endpoint).technology
                if technology != own.technology {
                    found.append(
                        source.diagnostic(
                            .error, path + ".endpoint",
                            "a trunk of \(technology) is not written for driver \(own.name), which writes "
                                + "\(own.technology): name it \(node.pbx.trunkDevice(to: far)), or leave endpoint out"))
                }
            }
            for other in sites where other.name != node.name {
                guard let far = driver(other), far.writesTrunks else { continue }
                guard let address = far.callAddress(other.pbx) else {
                    found.append(
                        source.diagnostic(
                            .error, "sites.\(other.name).pbx",
                            "site \(node.name) cannot send calls to this PBX: say where it takes them, e.g. "
                                + "sip: \"pbx.\(other.name).example:5060\""))
                    continue
                }
                if address == own.callAddress(node.pbx) {
                    found.append(
                        source.diagnostic(
                            .error, "sites.\(other.name).pbx",
                            "its calls would go to \(address), which is the PBX of site \(node.name) itself"))
                }
            }
        }
        // The same is wrong for each site that would call.
        return found.reduce(into: []) { unique, item in if !unique.contains(item) { unique.append(item) } }
    }

    /// The other sites whose PBXs take calls, with the endpoint that this site's configuration names for them.
    private func trunkPlan(for node: NodeConfiguration, _ drivers: [DriverDescription]) -> TrunkPlan {
        TrunkPlan(
            site: node.name, context: node.site.context,
            trunks: sites.compactMap { other in
                guard other.name != node.name,
                    let address = drivers.first(where: { $0.name == other.pbx.driver })?.callAddress(other.pbx)
                else { return nil }
                let configured = node.site.trunks.sortedByID.first { $0.value.site == other.name }?.value
                let device = configured?.endpoint ?? node.pbx.trunkDevice(to: other.name)
                return TrunkPlan.Trunk(
                    endpoint: Endpoint.parts(device).name, site: other.name,
                    prefix: configured?.prefix ?? other.site.prefix, address: address)
            })
    }

    private func readme(_ drivers: [DriverDescription]) -> String {
        var text = "Federation \"\(federation)\": \(sites.count) sites, \(links.count) links.\n\n"
        text += "Copy each directory to the machine of its site and start the node there:\n\n"
        for node in sites { text += "    tandem run -c \(node.name)/tandem.yaml\n" }
        text += "\nSites:\n\n"
        for node in sites {
            let prefix = node.site.prefix.map { ", prefix \($0)" } ?? ""
            text += "    \(node.name): \(node.pbx.driver)\(prefix)\n"
            for (key, address, _) in node.listen.all { text += "        \(key) \(address)\n" }
        }
        text += "\nLinks:\n\n"
        for link in links { text += "    \(link.first) - \(link.second), cost \(link.cost)\n" }
        for driver in drivers where sites.contains(where: { $0.pbx.driver == driver.name }) {
            if let installation = driver.installation { text += "\n" + installation }
        }
        return text + "\nEach tandem.yaml and each key file holds secrets: mode 0600.\n"
    }
}
