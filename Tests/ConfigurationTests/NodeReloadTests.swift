import Federation
import SiteModel
import TandemCore
import Testing

@testable import Configuration

@Suite("Reloading a node's configuration")
struct NodeReloadTests {
    private static func node() -> NodeConfiguration { Topology.demo().sites[0] }

    @Test("the same configuration changes nothing")
    func nothing() {
        let reload = NodeReload(from: Self.node(), to: Self.node())
        #expect(reload.changes.isEmpty && reload.refusals.isEmpty)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (inout NodeConfiguration) -> Void
        init(_ line: String, _ change: @escaping @Sendable (inout NodeConfiguration) -> Void) {
            testDescription = line
            self.change = change
        }
    }

    @Test(
        "each part that can change while the node runs is told by its key",
        arguments: [
            Case("prefix: changed") { $0.site.prefix = "99" },
            Case("context: changed") { $0.site.context = "elsewhere" },
            Case("discover: changed") { $0.site.discover.toggle() },
            Case("phones: 1 added") { $0.site.phones["99"] = .init(number: "199", endpoint: "PJSIP/199") },
            Case("users: 1 changed") { $0.site.users["1"]?.name = "Somebody Else" },
            Case("users: 1 removed") { $0.site.users["1"] = nil },
            Case("links: 1 removed") { $0.links.removeAll() },
            Case("timings: changed") { $0.timings.heartbeat = .seconds(2) },
            Case("profiles: 1 added") { $0.cti.profiles["new"] = .init(name: "New") },
            Case("limits and banner: changed") { $0.cti.banner.toggle() },
            Case("log: changed") { $0.log.level = .debug },
        ])
    func changes(_ change: Case) throws {
        var old = try #require(Topology.demo().node(for: Self.node().name))
        old.log.level = .info
        var new = old
        change.change(&new)
        let reload = NodeReload(from: old, to: new)
        #expect(reload.changes == [change.testDescription] && reload.refusals.isEmpty)
    }

    @Test(
        "what is fixed while a node runs is refused by its key",
        arguments: [
            Case("site") { $0.site.site = SiteID("other")! }, Case("pbx") { $0.pbx = .none },
            Case("listen") { $0.listen.cti = ListenAddress("127.0.0.1:9") },
            Case("rcti") { $0.rcti = TLSFiles(certificate: "a", key: "b", authority: "c") },
            Case("ctis") { $0.ctis = CertificateFiles(certificate: "a", key: "b") },
            Case("http") { $0.http.hosts = ["other.example.org"] },
            Case("secret_files") { $0.mayExposeSecrets = true },
            Case("store") { $0.store.path = "elsewhere.sqlite" }, Case("control") { $0.control = "other.sock" },
        ])
    func refusals(_ change: Case) {
        var new = Self.node()
        change.change(&new)
        let reload = NodeReload(from: Self.node(), to: new)
        #expect(reload.refusals == ["\(change.testDescription): cannot change while the node runs: restart it"])
    }

    @Test("no secret stands in what is told")
    func secrets() {
        var new = Self.node()
        new.site.users["1"]?.password = Secret("hunter2")
        #expect(!NodeReload(from: Self.node(), to: new).changes.joined().contains("hunter2"))
    }
}
