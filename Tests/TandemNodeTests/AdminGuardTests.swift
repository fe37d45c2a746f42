import Configuration
import Foundation
import NIOHTTP1
import TandemCore
import Testing

@testable import TandemNode

@Suite("Whom the HTTP port answers")
struct AdminGuardTests {
    private let gate = AdminGuard(names: ["Pbx.Example.org", "10.1.2.3"], token: Secret("0123456789abcdef"))

    private func status(_ headers: [(String, String)], isOpen: Bool = true) -> UInt? {
        gate.refusal(of: HTTPHeaders(headers), local: "192.168.7.7", isOpen: isOpen)?.status.code
    }

    @Test("names and addresses of ours pass, with any port; those of strangers do not")
    func hosts() {
        for host in [
            "localhost", "LOCALHOST:8003", "127.0.0.1:8003", "127.0.0.1", "[::1]:8003", "[::1]", "pbx.example.org:443",
            "PBX.EXAMPLE.ORG", "10.1.2.3:8003", "192.168.7.7:8003",
        ] { #expect(status([("Host", host)]) == nil, "\(host)") }
        for host in [
            "evil.example.org", "evil.example.org:8003", "127.evil.example.org", "127.0.0.1.evil.org", "10.1.2.4",
            "pbx.example.org.evil.org", "[::2]:8003", "127.0.0",
        ] { #expect(status([("Host", host)]) == 403, "\(host)") }
        for host in ["", ":8003", "a b", "pbx.example.org:x", "user@pbx.example.org"] {
            #expect(status([("Host", host)]) == 400, "\(host)")
        }
        #expect(status([]) == 400)
        #expect(status([("Host", "localhost"), ("Host", "evil.example.org")]) == 400)
    }

    @Test("a page of another server is refused, be it on this machine; the port's own is not")
    func origins() {
        func with(_ origin: String) -> UInt? { status([("host", "localhost:8003"), ("origin", origin)]) }
        #expect(with("http://localhost:8003") == nil && with("https://LOCALHOST:8003") == nil)
        for origin in [
            "http://evil.example.org", "null", "", "http://localhost:3000", "http://localhost", "localhost:8003",
            "file://localhost:8003", "http://127.0.0.1:8003",
        ] { #expect(with(origin) == 403, "\(origin)") }
    }

    @Test("only the whole token opens what is not open to all")
    func token() {
        func with(_ value: String?) -> UInt? {
            status([("host", "localhost")] + (value.map { [("authorization", $0)] } ?? []), isOpen: false)
        }
        #expect(with("Bearer 0123456789abcdef") == nil && with("bearer 0123456789abcdef") == nil)
        for value in [
            nil, "", "Bearer", "Bearer ", "0123456789abcdef", "Basic 0123456789abcdef", "Bearer 0123456789abcde",
            "Bearer 0123456789abcdef0123456789abcdef", "Bearer 0123456789abcdeF", "Bearer ***",
        ] { #expect(with(value) == 401, "\(value ?? "none")") }
        #expect(
            status(
                [("host", "localhost"), ("authorization", "Bearer 0123456789abcdef"), ("authorization", "x")],
                isOpen: false) == 401)
        let refusal = gate.refusal(of: ["host": "localhost"], local: nil, isOpen: false)
        #expect(refusal?.headers.contains { $0 == ("www-authenticate", "Bearer realm=\"tandem\"") } == true)
    }

    @Test("the token is made once, for its owner only; a short one, or one that others may read, is refused")
    func file() throws {
        let folder = try TestFederation.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/http.token"
        let made = try AdminToken.readOrMake(path)
        #expect(made.reveal().utf8.count == 64)
        #expect(try AdminToken.readOrMake(path) == made && AdminToken.read(path) == made)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        chmod(path, 0o640)
        let exposed = #expect(throws: NodeError.self) { try AdminToken.read(path) }
        #expect(exposed?.description.contains("chmod 600 '\(path)'") == true, "\(exposed as Any)")
        chmod(path, 0o600)
        for text in ["", "short", "two words of sixteen", String(repeating: "x", count: 1_025)] {
            try text.write(toFile: path, atomically: false, encoding: .utf8)
            #expect(throws: NodeError.self) { try AdminToken.readOrMake(path) }
        }
        #expect(throws: NodeError.self) { try AdminToken.read(folder + "/none") }
    }

    @Test("each address has few connections, and the one that waited longest makes room")
    func connections() {
        final class Key {}
        let keys = (0..<6).map { _ in Key() }
        let connections = OpenConnections(limit: 4, perAddress: 2)
        var closed: [Int] = []
        func enter(_ number: Int, _ address: String) -> Bool {
            guard connections.makeRoom(for: address) else { return false }
            connections.add(keys[number], from: address) { closed.append(number) }
            return true
        }
        #expect(enter(0, "a") && enter(1, "a") && enter(2, "b") && closed.isEmpty)
        connections.note(keys[0], waits: false)
        #expect(enter(3, "a") && closed == [1], "the first is being answered")
        connections.note(keys[3], waits: false)
        #expect(!enter(4, "a") && closed == [1])
        #expect(enter(4, "c") && connections.count == 4 && closed == [1])
        #expect(enter(5, "d") && closed == [1, 2] && connections.count == 4)
        connections.remove(keys[0])
        connections.remove(keys[1])
        #expect(connections.count == 3)
    }
}
