import SiteModel

/// What a running node would make of another configuration: what changes, and what it cannot change while it runs. A pure
/// comparison; whoever applies it applies all or nothing.
public struct NodeReload: Hashable, Sendable {
    /// What changes, a line each, for the log and the operator: `users: 1 added, 2 changed`. Empty: nothing.
    public let changes: [String]
    /// Keys whose change needs a restart, with what was found; not empty: nothing may be applied.
    public let refusals: [String]

    /// Compares the configuration that a node runs with another one.
    public init(from old: NodeConfiguration, to new: NodeConfiguration) {
        var refusals: [String] = []
        func fixed<Value: Equatable>(_ key: String, _ part: (NodeConfiguration) -> Value) {
            if part(old) != part(new) { refusals.append("\(key): cannot change while the node runs: restart it") }
        }
        fixed("site") { $0.name }
        fixed("pbx") { $0.pbx }
        fixed("listen") { $0.listen }
        fixed("rcti") { $0.rcti }
        fixed("ctis") { $0.ctis }
        fixed("http") { $0.http }
        fixed("secret_files") { $0.mayExposeSecrets }
        fixed("store") { $0.store }
        fixed("control") { $0.control }
        self.refusals = refusals

        var changes = Changes()
        changes.value("prefix", old.site.prefix, new.site.prefix)
        changes.value("context", old.site.context, new.site.context)
        changes.value("discover", old.site.discover, new.site.discover)
        changes.table("phones", old.site.phones, new.site.phones)
        changes.table("users", old.site.users, new.site.users)
        changes.table("agents", old.site.agents, new.site.agents)
        changes.table("queues", old.site.queues, new.site.queues)
        changes.table("groups", old.site.groups, new.site.groups)
        changes.table("meetmes", old.site.meetmes, new.site.meetmes)
        changes.table("voicemails", old.site.voicemails, new.site.voicemails)
        changes.table("trunks", old.site.trunks, new.site.trunks)
        changes.table(
            "presences", Self.byName(old.site.presences, \.name), Self.byName(new.site.presences, \.name))
        changes.table("links", Self.byName(old.links, \.peer.name), Self.byName(new.links, \.peer.name))
        changes.value("timings", old.timings, new.timings)
        changes.table("profiles", old.cti.profiles, new.cti.profiles)
        var (before, after) = (old.cti, new.cti)
        (before.profiles, after.profiles) = ([:], [:])
        changes.value("limits and banner", before, after)
        changes.value("log", old.log, new.log)
        self.changes = changes.lines
    }

    private static func byName<Value>(_ values: [Value], _ name: (Value) -> String) -> [String: Value] {
        Dictionary(values.map { (name($0), $0) }) { first, _ in first }
    }

    private struct Changes {
        var lines: [String] = []

        /// A value that is not shown: it may be long, or a secret.
        mutating func value<Value: Equatable>(_ key: String, _ old: Value, _ new: Value) {
            if old != new { lines.append("\(key): changed") }
        }

        mutating func table<Value: Equatable>(_ key: String, _ old: [String: Value], _ new: [String: Value]) {
            let added = new.keys.filter { old[$0] == nil }.count
            let removed = old.keys.filter { new[$0] == nil }.count
            let changed = new.filter { name, value in old[name].map { $0 != value } ?? false }.count
            let parts = [(added, "added"), (changed, "changed"), (removed, "removed")].filter { $0.0 > 0 }
            guard !parts.isEmpty else { return }
            lines.append("\(key): " + parts.map { "\($0.0) \($0.1)" }.joined(separator: ", "))
        }
    }
}
