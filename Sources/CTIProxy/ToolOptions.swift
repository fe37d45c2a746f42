/// The three programs.
public enum ProxyTool: String, Hashable, Sendable {
    case spy = "ctispy"
    case save = "ctisave"
    case stat = "ctistat"
}

/// A filter's key and value.
public struct FieldFilter: Hashable, Sendable {
    /// The top-level key, in UTF-8.
    public var key: [UInt8]
    /// The whole string that it must have, in UTF-8.
    public var value: [UInt8]

    /// Reads `KEY=VALUE`; the value is all that follows the first `=`. Nil without one.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        key = Array(bytes[..<equals])
        value = Array(bytes[(equals + 1)...])
    }
}

/// TLS on the two sides of a proxy.
public struct ProxyTLSOptions: Hashable, Sendable {
    /// Speak TLS to the server from the first byte.
    public var toServer = false
    /// PEM file with the certificates that are trusted for the server; nil: those of the system.
    public var authority: String?
    /// The name that the server's certificate must carry; nil: HOST.
    public var serverName: String?
    /// PEM file with our certificate for the client.
    public var certificate: String?
    /// PEM file with its key.
    public var key: String?
    /// TLS only begins after a `starttls` dialogue, on both sides.
    public var startTLS = false

    /// No TLS.
    public init() {}
}

/// What the arguments of one of the tools say.
public struct ToolOptions: Hashable, Sendable {
    /// The program.
    public var tool: ProxyTool
    /// The CTI server's name or IPv4 address; empty with `from`.
    public var host = ""
    /// `ctisave`: where the client's messages go.
    public var clientFile = ""
    /// `ctisave`: where the server's messages go.
    public var serverFile = ""
    /// Port on which the client connects.
    public var listenPort = 50_030
    /// Local address: what passes holds logins, so nobody else gets at it unless told otherwise.
    public var listenAddress = "127.0.0.1"
    /// Port of the CTI server.
    public var port = 5_003
    /// Serve one client after another.
    public var loops = false
    /// Serve several clients at once.
    public var isConcurrent = false
    /// Tell on standard error what happens.
    public var isVerbose = false
    /// Indented form instead of compact (always for `ctisave`).
    public var prettyPrints = false
    /// No cutting into lines.
    public var isRaw = false
    /// Top-level keys to leave out, in UTF-8.
    public var strip: [[UInt8]] = []
    /// Only these messages.
    public var include: FieldFilter?
    /// All but these messages.
    public var exclude: FieldFilter?
    /// Hide what the client sends.
    public var hidesClient = false
    /// Hide what the server sends.
    public var hidesServer = false
    /// `ctistat`: the messages' report was asked for by name.
    public var reportsMessages = false
    /// `ctistat`: the network report instead of the messages'.
    public var reportsNetwork = false
    /// `ctistat`: as well the latencies.
    public var reportsLatency = false
    /// One JSON object per message, or per report.
    public var json = false
    /// `***` for secrets in the classic output as well.
    public var masksSecrets = false
    /// No `***` in `json` output.
    public var showsSecrets = false
    /// Read saved files instead of listening: the client's half, then the server's.
    public var from: String?
    /// The server's half of a saved dialogue.
    public var fromServer: String?
    /// TLS.
    public var tls = ProxyTLSOptions()

    /// The defaults of a tool.
    public init(_ tool: ProxyTool) { self.tool = tool }

    /// Whether secrets are written as `***`.
    public var hidesSecrets: Bool { masksSecrets || json && !showsSecrets }
    /// Whether saved files are read instead of a connection.
    public var readsFiles: Bool { from != nil || fromServer != nil }
    /// Whether a direction is hidden.
    public func hides(_ side: Side) -> Bool { side == .client ? hidesClient : hidesServer }
}
