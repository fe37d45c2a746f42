import ArgumentParser
import ClientTLS
import Configuration
import TandemClient
import TandemCore

struct Tour: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Walk the main job as real clients through a running federation.",
        discussion: """
            Logs in at two sites, lists the sites and phones, calls from one to the other, watches both phones ring, talk
            and hang up at both sites, sends a chat and its answer. Exit code 0 only if every step happened.

            Example: tandem tour --from paris=alice:alice@127.0.0.1:5003 --to montreal=karim:karim@127.0.0.1:7003
            """)
    @Option(help: "Where the caller logs in: SITE=LOGIN:PASSWORD@HOST:PORT.") var from =
        "paris=alice:alice@127.0.0.1:5003"
    @Option(help: "Where the called person logs in.") var to = "montreal=karim:karim@127.0.0.1:7003"
    @Option(help: "Seconds that each status of the call may take.") var patience = 20.0

    @OptionGroup var tls: TLSOptions

    func run() async throws {
        guard var home = TourGuide.Stop(from), var far = TourGuide.Stop(to) else {
            throw ValidationError("--from and --to have the form SITE=LOGIN:PASSWORD@HOST:PORT")
        }
        home.tls = try tls.trust(of: home.host)
        far.tls = try tls.trust(of: far.host)
        try await walk(TourGuide(home: home, far: far, patience: patience, print: { say($0) }))
    }
}

/// Whether and how a command that is a CTI client speaks TLS.
struct TLSOptions: ParsableArguments {
    @Flag(help: "Speak TLS; the server's certificate is checked.") var tls = false
    @Option(help: "Trust the certificates of this PEM file (default: the system's).") var tlsCa: String?
    @Option(help: "Name in the server's certificate (default: the server's).") var tlsName: String?

    func validate() throws {
        if !tls, tlsCa != nil || tlsName != nil { throw ValidationError("--tls-ca and --tls-name need --tls") }
    }

    /// What is demanded of a server; nil without TLS. An unusable file ends the program with 65.
    func trust(of host: String) throws -> ServerTrust? {
        guard tls else { return nil }
        do throws(TLSFailure) { return try ServerTrust(authority: tlsCa, name: tlsName ?? host) } catch {
            complain("--tls-ca: \(error.advice(.tools))")
            throw ExitCode(65)
        }
    }
}

/// Walks a tour; a step that did not happen ends the program with 1 and a sentence.
func walk(_ guide: TourGuide) async throws {
    do { try await guide.walk() } catch let error as CTIClientError {
        complain("The tour stopped: \(error.description)")
        throw ExitCode(1)
    }
}

extension TourGuide.Stop {
    /// Reads `SITE=LOGIN:PASSWORD@HOST:PORT`.
    init?(_ text: String) {
        guard let equals = text.firstIndex(of: "="), let at = text.lastIndex(of: "@"), equals < at,
            let address = ListenAddress(text[text.index(after: at)...])
        else { return nil }
        let credentials = text[text.index(after: equals)..<at]
        guard let colon = credentials.firstIndex(of: ":") else { return nil }
        self.init(
            site: String(text[..<equals]), host: address.host, port: address.port, login: String(credentials[..<colon]),
            password: String(credentials[credentials.index(after: colon)...]))
    }
}
