import Federation
import FoundationEssentials
import PBX
import TandemCore

extension NodeConfiguration {
    /// Reads a node's file and checks it, with the files that it names.
    ///
    /// Paths in the result are absolute or relative to the current directory, whatever the file's own place.
    /// - Parameters:
    ///   - drivers: the drivers that `pbx:` may name.
    ///   - warnings: receives what is worth saying though the file can be used.
    public static func load(
        _ path: String, drivers: [DriverDescription], warnings: inout [Diagnostic]
    ) throws(ConfigurationError) -> NodeConfiguration {
        let text = try Files.read(path)
        let (node, source) = try parsed(text, file: path, drivers: drivers, warnings: &warnings)
        let resolved = node.resolved(in: Files.directory(of: path))
        let unusable = resolved.unusableFiles(source) + resolved.exposedFiles(source, file: path)
        if !unusable.isEmpty { throw ConfigurationError(unusable.inFileOrder()) }
        return resolved
    }

    /// Reads a node's file; warnings are dropped.
    public static func load(
        _ path: String, drivers: [DriverDescription]
    ) throws(ConfigurationError) -> NodeConfiguration {
        var warnings: [Diagnostic] = []
        return try load(path, drivers: drivers, warnings: &warnings)
    }

    /// Reads the text of a node's file; paths stay as written and are not looked for.
    public static func parse(
        _ text: String, file: String, drivers: [DriverDescription], warnings: inout [Diagnostic]
    ) throws(ConfigurationError) -> NodeConfiguration {
        try parsed(text, file: file, drivers: drivers, warnings: &warnings).node
    }

    private static func parsed(
        _ text: String, file: String, drivers: [DriverDescription], warnings: inout [Diagnostic]
    ) throws(ConfigurationError) -> (node: NodeConfiguration, source: SourceMap) {
        let reader = DocumentReader(file: file)
        let node = read(reader, text, drivers)
        if let node { reader.add(NodeCheck.check(node, base: "", source: reader.source)) }
        let checked = try reader.finish(node)
        warnings.append(contentsOf: reader.diagnostics)
        return (checked, reader.source)
    }

    private static func read(
        _ reader: DocumentReader, _ text: String, _ drivers: [DriverDescription]
    ) -> NodeConfiguration? {
        guard let root = reader.root(of: text),
            let section = root.section(["site", "rcti", "ctis", "links"] + NodeReading.keys),
            let site = section.required("site", "the site's name, such as paris")?.siteID()
        else { return nil }
        var node = NodeReading.read(section, site: site, drivers: drivers)
        if let files = section["rcti"]?.section(["certificate", "key", "ca"]) {
            let certificate = files.required("certificate", "a PEM file")?.text("a PEM file")
            let key = files.required("key", "a PEM file")?.text("a PEM file")
            let authority = files.required("ca", "a PEM file")?.text("a PEM file")
            if let certificate, let key, let authority {
                node.rcti = TLSFiles(certificate: certificate, key: key, authority: authority)
            }
        }
        node.ctis = section["ctis"]?.section(["certificate", "key"]).flatMap(NodeReading.readCertificate)
        node.links = section["links"]?.list("a list of {peer, address, cost, dials, policy}", of: readLink) ?? []
        return node
    }

    private static func readLink(_ cursor: Cursor) -> Link? {
        guard let fields = cursor.section(["peer", "address", "cost", "dials", "policy"]) else { return nil }
        let peer = fields.required("peer", "the peer's site name")?.siteID()
        var link = peer.map { Link(peer: $0, address: nil) }
        if let cost = fields["cost"]?.integer(LinkReading.costs, "a cost") { link?.cost = cost }
        if let dials = fields["dials"]?.boolean() { link?.dials = dials }
        link?.address = fields["address"]?.address(allowAnyPort: false)
        if let policy = fields["policy"].flatMap(LinkReading.policy) { link?.policy = policy }
        if let link, link.dials, fields["address"] == nil {
            cursor.fail("the key \"address\" is missing; accepted: the peer's HOST:PORT, or dials: false")
        }
        return link
    }

    /// The files with secrets that other users may read: this one, when it holds any, and the keys that it names.
    private func exposedFiles(_ source: SourceMap, file: String) -> [Diagnostic] {
        guard !mayExposeSecrets else { return [] }
        var secret: [(String, String)] = []
        if site.users.values.contains(where: { $0.password != nil }) || pbx.holdsSecrets { secret.append(("", file)) }
        if let rcti { secret.append(("rcti.key", rcti.key)) }
        if let ctis { secret.append(("ctis.key", ctis.key)) }
        if let files = http.certificate { secret.append(("http.key", files.key)) }
        if listen.http != nil { secret.append(("http.token", http.tokenFile)) }
        return secret.compactMap { key, path in
            SecretFile.exposure(of: path).map {
                source.diagnostic(.error, key, $0 + " (or secret_files: any, where that is meant)")
            }
        }
    }

    /// The files that the configuration names and that cannot be used; called with the paths as they will be used.
    private func unusableFiles(_ source: SourceMap) -> [Diagnostic] {
        var named: [(String, String)] = []
        if let rcti {
            named += [("rcti.certificate", rcti.certificate), ("rcti.key", rcti.key), ("rcti.ca", rcti.authority)]
        }
        if let ctis { named += [("ctis.certificate", ctis.certificate), ("ctis.key", ctis.key)] }
        if let files = http.certificate {
            named += [("http.certificate", files.certificate), ("http.key", files.key)]
        }
        named += pbx.files.map { ("pbx.\($0.key)", $0.path) }
        var found: [Diagnostic] = named.filter { !Files.isReadable($0.1) }.map { keyPath, path in
            source.diagnostic(.error, keyPath, "no readable file \"\(path)\"")
        }
        if let control, control.utf8.count > Limits.socketPath {
            found.append(
                source.diagnostic(
                    .error, "control",
                    "\"\(control)\" has \(control.utf8.count) bytes, too long for a socket; accepted: at most "
                        + "\(Limits.socketPath) bytes with the folder of this file, such as control: /run/tandem.sock"))
        }
        return found
    }
}

/// What links of nodes and of topologies have in common.
enum LinkReading {
    static let costs = 1...1_000_000

    static func policy(_ cursor: Cursor) -> LinkPolicy? {
        guard let fields = cursor.section(["export", "accept", "verbs"]) else { return nil }
        var policy = LinkPolicy.open
        policy.export = fields["export"].flatMap(types)
        policy.accept = fields["accept"].flatMap(types)
        policy.verbs = fields["verbs"]?.linkVerbs()
        return policy
    }

    private static func types(_ cursor: Cursor) -> Set<ObjectType>? {
        let words = ObjectType.allCases.map { ($0.word, $0) }
        return cursor.list("a list of object types").map { Set($0.compactMap { $0.word(words) }) }
    }
}
