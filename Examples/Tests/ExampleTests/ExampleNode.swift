import CTIServer
import Federation
import NIOEmbedded
import NodeCore
import PBX
import SiteModel
import TandemCore
import Testing

/// A whole node without sockets: its core, a driver on a loop that turns when it is told to, and clients that are
/// mailboxes.
final class ExampleNode {
    private let core: NodeCore
    private let driver: any PBXDriver
    private let loop: EmbeddedEventLoop
    private var inbox: [ClientID: [JSONObject]] = [:]
    private var clients: UInt64 = 0
    private let now = Moment(instant: Instant(nanoseconds: 0), unixTime: 1_315_310_000)

    init(
        _ site: SiteConfiguration, driver: any PBXDriver, on loop: EmbeddedEventLoop, registry: CTICommandRegistry,
        cti: CTIServerConfiguration
    ) {
        self.driver = driver
        self.loop = loop
        core = NodeCore(
            configuration: NodeCoreConfiguration(
                site: site,
                federation: FederationConfiguration(site: site.site, unledgeredVerbs: NodeCore.unledgeredVerbs),
                cti: cti, hasPBX: true, capabilities: driver.capabilities),
            registry: registry, restored: NodeRestored(), incarnation: 1, sha1Hex: { _ in "proof" }, now: now)
        driver.start { [unowned self] events in core.pbxSaw(events, now: now) }
        run()
    }

    func logIn(_ login: String, profile: String = "supervisor") -> ClientID {
        clients += 1
        let client = ClientID(clients)
        core.clientConnected(client, secure: true, address: "192.0.2.1", sessionID: "abcdefghij", now: now)
        run()
        say(client, #"{"class":"login_id","company":"x","userlogin":"\#(login)","ident":"X11","xivoversion":"1.2"}"#)
        say(client, #"{"class":"login_pass","hashedpassword":"proof"}"#)
        say(client, #"{"class":"login_capas","capaid":"\#(profile)","state":"available"}"#)
        return client
    }

    /// Sends a line; gives what the client reads until everything has happened.
    @discardableResult
    func say(_ client: ClientID, _ line: String) -> [JSONObject] {
        run()
        inbox[client] = []
        Array(line.utf8).withUnsafeBufferPointer { core.clientSent(client, line: $0, now: now) }
        return heard(client)
    }

    /// What the client has read since its last line, once everything has happened.
    func heard(_ client: ClientID) -> [JSONObject] {
        run()
        return inbox[client] ?? []
    }

    private func run() {
        while true {
            loop.run()
            let effects = core.takeEffects()
            if effects.isEmpty { return }
            for effect in effects {
                switch effect {
                case .cti(.send(let client, let bytes)): read(client, bytes)
                case .cti(.push(let bytes)): for client in inbox.keys { read(client, bytes) }
                case .perform(let action, let token): driver.perform(action, token: token)
                case .storeBarrier(let barrier): core.stored(barrier: barrier, now: now)
                case .storeLedger(let entry, let callBack): if callBack { core.ledgerStored(entry.key, now: now) }
                default: break
                }
            }
        }
    }

    private func read(_ client: ClientID, _ bytes: [UInt8]) {
        inbox[client, default: []] += bytes.split(separator: 10).compactMap { line in
            try? JSONValue(parsing: Array(line)).objectValue
        }
    }
}
