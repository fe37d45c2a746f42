import TandemCore

extension Topology {
    /// Makes a site's certificate and key in a directory. Returns the file names relative to the directory.
    public typealias Certifier = (_ site: SiteID, _ directory: String) throws -> TLSFiles

    /// What `render` wrote.
    public struct Rendered: Hashable, Sendable {
        /// The nodes' files in the order of the sites.
        public var nodes: [String]
        /// All files, README and Asterisk files included.
        public var files: [String]
    }

    /// Writes each node's files: `DIR/<site>/tandem.yaml` (mode 0600: it holds passwords), certificates beside it,
    /// `DIR/<site>/asterisk/` for sites with an Asterisk, and `DIR/README.txt`. Existing files are replaced.
    ///
    /// - Parameter certify: makes the certificates; nil: the nodes get no identity, and CTIS is not opened.
    /// - Throws: `ConfigurationError` when the topology is wrong or a file cannot be written; what `certify` throws.
    @discardableResult
    public func render(to directory: String, certify: Certifier? = nil) throws -> Rendered {
        let problems = check()
        if problems.hasErrors { throw ConfigurationError(problems) }
        var rendered = Rendered(nodes: [], files: [])
        for site in sites.map(\.name) {
            let own = directory + "/" + site.name
            try Files.makeDirectory(own)
            guard var node = node(for: site, identity: try certify?(site, own)) else { continue }
            if node.rcti == nil, node.ctis == nil { node.listen.ctis = nil }
            let path = own + "/tandem.yaml"
            let head =
                "# Node of site \(site) in the federation \"\(federation)\". Written by tandem topology render.\n"
            try Files.save(head + node.yaml, to: path, secret: true)
            rendered.nodes.append(path)
            rendered.files.append(path)
            if case .asterisk(let asterisk) = node.pbx {
                try Files.makeDirectory(own + "/asterisk")
                for file in AsteriskSnippets(topology: self, node: node, asterisk: asterisk).files {
                    let path = own + "/asterisk/" + file.name
                    try Files.save(file.text, to: path, secret: file.isSecret)
                    rendered.files.append(path)
                }
            }
        }
        try Files.save(readme, to: directory + "/README.txt", secret: false)
        rendered.files.append(directory + "/README.txt")
        return rendered
    }

    private var readme: String {
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
        if sites.contains(where: { $0.pbx.driver == "asterisk" }) {
            text +=
                "\nThe files in <site>/asterisk/ belong on that site's Asterisk, in its configuration directory:\n\n"
            for (snippet, main) in AsteriskSnippets.includes { text += "    \(main): #include \(snippet)\n" }
            text += "\nThen: asterisk -rx \"core reload\". Open the SIP port only to the other sites' Asterisks.\n"
        }
        return text + "\nEach tandem.yaml and each key file holds secrets: mode 0600.\n"
    }
}
