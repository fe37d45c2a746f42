import SiteModel
import TandemCore

extension Topology {
    /// Everything that does not hold together, in the order of the file; warnings too. Empty: all is well.
    public func check() -> [Diagnostic] {
        var found: [Diagnostic] = []
        for node in sites { found += NodeCheck.check(node, base: "sites.\(node.name)", source: source) }
        found += checkReferences() + checkPorts() + checkPrefixes() + checkLinks() + checkReachability()
        return found.inFileOrder()
    }

    private var siteNames: String { sites.map(\.name.name).joined(separator: ", ") }

    private func checkReferences() -> [Diagnostic] {
        var found: [Diagnostic] = []
        for node in sites {
            let base = "sites.\(node.name)."
            for (list, queues) in [("queues", node.site.queues), ("groups", node.site.groups)] {
                for (id, queue) in queues.sortedByID {
                    for (index, member) in queue.members.enumerated() where member.site != node.name {
                        let path = "\(list).\(id).members[\(index)]"
                        guard let home = self[member.site] else {
                            found.append(
                                source.diagnostic(
                                    .error, base + path,
                                    "no such site \"\(member.site)\"; accepted: \(siteNames)"))
                            continue
                        }
                        var checker = SiteChecker(
                            site: home.site, profiles: [:], base: "sites.\(node.name)", source: source)
                        checker.memberReference(member, path)
                        found += checker.found
                    }
                }
            }
            for (id, trunk) in node.site.trunks.sortedByID {
                guard let far = trunk.site else { continue }
                let path = base + "trunks.\(id).site"
                if far == node.name {
                    found.append(source.diagnostic(.error, path, "\"\(far)\" is this site itself"))
                } else if self[far] == nil {
                    found.append(
                        source.diagnostic(.error, path, "no such site \"\(far)\"; accepted: \(siteNames)"))
                } else if self[far]?.site.prefix == nil, trunk.prefix == nil {
                    found.append(
                        source.diagnostic(
                            .warning, path,
                            "neither the trunk nor site \"\(far)\" has a prefix: its numbers cannot be dialled"))
                }
            }
        }
        return found
    }

    private func checkPorts() -> [Diagnostic] {
        struct Use {
            var site: SiteID, key: String, address: ListenAddress, isUDP: Bool, host: String?
        }
        var found: [Diagnostic] = []
        var byPort: [Int: [Use]] = [:]
        for node in sites {
            for (key, address, isUDP) in node.listen.all where address.port != 0 {
                let use = Use(site: node.name, key: key, address: address, isUDP: isUDP, host: node.host)
                let clash = byPort[address.port, default: []].first { other in
                    // Different hosts are different machines, and so are nodes that are reached under other names.
                    other.site != use.site && other.isUDP == isUDP && other.host == use.host
                        && NodeCheck.overlap(other.address, address)
                }
                if let clash {
                    found.append(
                        source.diagnostic(
                            .error, "sites.\(node.name).listen.\(key)",
                            "\(address) is already used by \(clash.site)'s \(clash.key) (\(clash.address)); "
                                + "accepted: each port once per address"))
                }
                byPort[address.port, default: []].append(use)
            }
        }
        return found
    }

    private func checkPrefixes() -> [Diagnostic] {
        var found: [Diagnostic] = []
        let prefixed = sites.compactMap { node in node.site.prefix.map { (node.name, $0) } }
        for (index, later) in prefixed.enumerated() {
            for earlier in prefixed[..<index] where later.1.hasPrefix(earlier.1) || earlier.1.hasPrefix(later.1) {
                let relation = later.1 == earlier.1 ? "is also" : "cannot be told from \"\(earlier.1)\","
                found.append(
                    source.diagnostic(
                        .error, "sites.\(later.0).prefix",
                        "the prefix \"\(later.1)\" \(relation) the prefix of \(earlier.0); "
                            + "accepted: prefixes none of which begins another"))
            }
        }
        for node in sites {
            for (id, phone) in node.site.phones.sortedByID {
                guard let (other, prefix) = prefixed.first(where: { $0 != node.name && phone.number.hasPrefix($1) })
                else { continue }
                found.append(
                    source.diagnostic(
                        .warning, "sites.\(node.name).phones.\(id).number",
                        "\"\(phone.number)\" begins with \"\(prefix)\", the prefix of \(other)"))
            }
        }
        return found
    }

    private func checkLinks() -> [Diagnostic] {
        var found: [Diagnostic] = []
        var seen: [Set<SiteID>: Int] = [:]
        for (index, link) in links.enumerated() {
            let path = "links[\(index)]"
            for (position, end) in [link.first, link.second].enumerated() where self[end] == nil {
                let hint = closest(to: end.name, in: sites.map(\.name.name)).map { "did you mean \"\($0)\"? " } ?? ""
                found.append(
                    source.diagnostic(
                        .error, path + ".between[\(position)]",
                        "no such site \"\(end)\"; \(hint)accepted: \(siteNames)"))
            }
            let ends: Set = [link.first, link.second]
            if let earlier = seen[ends] {
                found.append(
                    source.diagnostic(
                        .error, path + ".between",
                        "\(link.first) and \(link.second) are already linked (links[\(earlier)]); "
                            + "accepted: one link between two sites"))
            } else {
                seen[ends] = index
            }
            for dialler in [link.first, link.second] where link.dials.contains(dialler) && self[dialler] != nil {
                guard let peer = link.other(than: dialler), let node = self[peer],
                    address(of: peer, on: link) == nil
                else { continue }
                if let listener = node.listen.rcti, listener.port == 0 {
                    found.append(
                        source.diagnostic(
                            .warning, path,
                            "\(peer) listens for links on any free port: \(dialler) learns it only at run time"))
                } else {
                    let why =
                        node.listen.rcti == nil
                        ? "\(peer) has no listen.rcti" : "\(peer) listens on all addresses and has no \"host\""
                    found.append(
                        source.diagnostic(
                            .error, path,
                            "\(dialler) cannot dial \(peer): \(why); accepted: address: {\(peer): HOST:PORT}"))
                }
            }
        }
        let presets = Set(links.compactMap(\.timings))
        if presets.count > 1 {
            found.append(
                source.diagnostic(
                    .warning, "links", "links ask for lan and for wan timings: wan holds for the whole federation"))
        }
        return found
    }

    private func checkReachability() -> [Diagnostic] {
        guard let start = sites.first?.name, sites.count > 1, !source.incompleteLists.contains("links") else {
            return []
        }
        var neighbours: [SiteID: [SiteID]] = [:]
        for link in links {
            neighbours[link.first, default: []].append(link.second)
            neighbours[link.second, default: []].append(link.first)
        }
        var reached: Set = [start], open = [start]
        while let site = open.popLast() {
            for next in neighbours[site] ?? [] where reached.insert(next).inserted { open.append(next) }
        }
        return sites.filter { !reached.contains($0.name) }.map { node in
            source.diagnostic(
                .warning, "sites.\(node.name)", "no path of links leads from \(start) to \(node.name)")
        }
    }
}
