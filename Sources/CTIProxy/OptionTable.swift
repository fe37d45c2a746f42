extension OptionParser.Option {
    /// The options of a tool in the order of its help.
    static func all(of tool: ProxyTool) -> [OptionParser.Option] {
        switch tool {
        case .spy:
            common + looping
                + [
                    flag("pretty-print", "indented form instead of compact") { $0.prettyPrints = true },
                    flag("raw", "show what is read, neither cut into lines nor parsed") { $0.isRaw = true },
                ] + fields + [exclude] + hiding + [json(), showSecrets, maskSecrets] + extras
        case .save:
            common + looping + fields + [json(), showSecrets, maskSecrets] + extras
        case .stat:
            common + looping
                + [
                    flag("msg", short: "m", "report messages by class (default)") { $0.reportsMessages = true },
                    flag("network", short: "n", "report bytes and packets instead") { $0.reportsNetwork = true },
                    flag(
                        "latency", isClassic: false,
                        "report as well how long answers took, from commandid to replyid"
                    ) { $0.reportsLatency = true },
                    json("print each report as one JSON object"),
                ] + extras
        }
    }

    private static func flag(
        _ long: String, short: Character? = nil, isClassic: Bool = true, _ help: String,
        _ apply: @escaping @Sendable (inout ToolOptions) -> Void
    ) -> OptionParser.Option {
        OptionParser.Option(long: long, short: short, value: nil, help: help, isClassic: isClassic) { options, _ in
            apply(&options)
            return nil
        }
    }

    private static func port(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 &- 0x30 <= 9 }), let number = Int(text),
            (1...65_535).contains(number)
        else { return nil }
        return number
    }

    private static let common: [OptionParser.Option] = [
        flag("help", short: "h", "show this help and exit") { _ in },
        flag("verbose", short: "v", "tell on standard error what happens") { $0.isVerbose = true },
        OptionParser.Option(
            long: "listen-port", value: "N", help: "port on which the client connects (default 50030)"
        ) { options, text in
            guard let number = port(text) else { return "'\(text)' is no port: give a number from 1 to 65535" }
            options.listenPort = number
            return nil
        },
        OptionParser.Option(
            long: "listen-addr", value: "A",
            help: "local address (default 127.0.0.1; 0.0.0.0: all IPv4 addresses, for clients of other machines)"
        ) { options, text in
            guard !text.isEmpty else { return "an empty address: 0.0.0.0 means all" }
            options.listenAddress = text
            return nil
        },
        OptionParser.Option(long: "port", value: "N", help: "port of the CTI server (default 5003)") { options, text in
            guard let number = port(text) else { return "'\(text)' is no port: give a number from 1 to 65535" }
            options.port = number
            return nil
        },
    ]

    private static let looping: [OptionParser.Option] = [
        flag("loop", "serve one client after another (default: one, then exit)") { $0.loops = true },
        flag("concurrent", isClassic: false, "serve any number of clients at once, until interrupted") {
            $0.isConcurrent = true
            $0.loops = true
        },
    ]

    private static let fields: [OptionParser.Option] = [
        OptionParser.Option(long: "strip", short: "s", value: "KEY", help: "leave out a field; repeatable") {
            options, text in
            options.strip.append(Array(text.utf8))
            return nil
        },
        OptionParser.Option(
            long: "include", short: "i", value: "KEY=VALUE", help: "only these messages; the last one given counts"
        ) { options, text in
            if text.isEmpty {
                options.include = nil
                return nil
            }
            guard let filter = FieldFilter(text) else { return "'\(text)' is not KEY=VALUE" }
            options.include = filter
            return nil
        },
    ]

    private static let exclude = OptionParser.Option(
        long: "exclude", short: "e", value: "KEY=VALUE", help: "all but these messages; the last one given counts"
    ) { options, text in
        if text.isEmpty {
            options.exclude = nil
            return nil
        }
        guard let filter = FieldFilter(text) else { return "'\(text)' is not KEY=VALUE" }
        options.exclude = filter
        return nil
    }

    private static let hiding: [OptionParser.Option] = [
        flag("no-client", "hide what the client sends") { $0.hidesClient = true },
        flag("no-server", "hide what the server sends") { $0.hidesServer = true },
    ]

    private static func json(
        _ help: String = "one JSON object per message, with time, connection and direction; secrets are masked"
    ) -> OptionParser.Option {
        flag("json", isClassic: false, help) { $0.json = true }
    }

    private static let showSecrets = flag(
        "show-secrets", isClassic: false, "with --json: show passwords as they are"
    ) { $0.showsSecrets = true }
    private static let maskSecrets = flag(
        "mask-secrets", isClassic: false, "show passwords as ***"
    ) { $0.masksSecrets = true }

    private static let extras: [OptionParser.Option] = [
        path("from", "FILE", "read what the client sent from a file of ctisave, instead of listening") {
            $0.from = $1
        },
        path("from-server", "FILE", "read what the server sent from a file of ctisave") { $0.fromServer = $1 },
        flag("tls", isClassic: false, "speak TLS to the server; its certificate is checked") {
            $0.tls.toServer = true
        },
        path("tls-ca", "FILE", "trust the certificates of this PEM file for the server (default: the system's)") {
            $0.tls.authority = $1
        },
        path("tls-name", "NAME", "name in the server's certificate (default HOST)") { $0.tls.serverName = $1 },
        path("tls-cert", "FILE", "speak TLS to the client with this PEM certificate") { $0.tls.certificate = $1 },
        path("tls-key", "FILE", "its key") { $0.tls.key = $1 },
        flag("starttls", isClassic: false, "follow a session that switches to TLS (with --tls-cert, --tls-key)") {
            $0.tls.startTLS = true
        },
    ]

    private static func path(
        _ long: String, _ value: String, _ help: String,
        _ apply: @escaping @Sendable (inout ToolOptions, String) -> Void
    ) -> OptionParser.Option {
        OptionParser.Option(long: long, value: value, help: help, isClassic: false) { options, text in
            guard !text.isEmpty else { return "must not be empty" }
            apply(&options, text)
            return nil
        }
    }
}

extension ProxyTool {
    var summary: String {
        switch self {
        case .spy: "Stands between a CTI client and its server and shows their messages on standard output."
        case .save: "Stands between a CTI client and its server and saves their messages, a file for each side."
        case .stat: "Stands between a CTI client and its server and reports on their session when it ends."
        }
    }

    var examples: String {
        switch self {
        case .spy:
            """
              ctispy cti.example.org                       then let the client connect to 127.0.0.1, port 50030
              ctispy --loop --strip timenow --include class=getlist cti.example.org
              ctispy --pretty-print --no-server --listen-port 6003 192.0.2.7
              ctispy --concurrent --json cti.example.org >dialogue.jsonl
              ctispy --tls --tls-ca ca.pem --port 5013 paris.example.org
              ctispy --from alice.client --from-server alice.server

            """
        case .save:
            """
              ctisave cti.example.org alice.client alice.server
              ctisave -s timenow -s commandid -s replyid cti.example.org a.client a.server    to compare runs
              ctisave --mask-secrets cti.example.org alice.client alice.server
              tandem replay cti.example.org alice.client alice.server      plays a saved dialogue again

            """
        case .stat:
            """
              ctistat cti.example.org
              ctistat --network --loop cti.example.org
              ctistat --latency --listen-port 6003 192.0.2.7
              ctistat --from alice.client --from-server alice.server

            """
        }
    }
}
