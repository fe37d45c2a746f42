/// What a tool is to do after its arguments were read.
public enum ToolRequest: Hashable, Sendable {
    /// Go to work.
    case run(ToolOptions)
    /// Print this on standard output and exit with 0.
    case help(String)
    /// Print this on standard error and exit with 2.
    case usageError(String)
}

/// Reads the arguments of the three tools: options and positional arguments in any order, long options abbreviated to a
/// unique beginning, `--option=value`, short options joined (`-vsKEY`), `--` before arguments that begin with a dash.
public struct OptionParser {
    /// One option of a tool.
    struct Option {
        var long: String
        var short: Character?
        /// What its value is called; nil for a flag.
        var value: String?
        var help: String
        /// Whether the tool has had it from the beginning: only these count when they fit an abbreviation, so that
        /// newer options never make an older abbreviation ambiguous.
        var isClassic = true
        var apply: @Sendable (inout ToolOptions, String) -> String?
    }

    private let tool: ProxyTool
    private let options: [Option]
    private let positionals: [String]

    /// A parser for one tool.
    public init(_ tool: ProxyTool) {
        self.tool = tool
        options = Option.all(of: tool)
        positionals = tool == .save ? ["HOST", "CLIENTFILE", "SERVERFILE"] : ["HOST"]
    }

    private struct Fault: Error { var text: String }

    /// Reads the arguments, without the program's name.
    public func parse(_ arguments: [String]) -> ToolRequest {
        do throws(Fault) {
            guard let result = try read(arguments) else { return .help(help) }
            return .run(result)
        } catch {
            return .usageError("\(usage)\(tool.rawValue): error: \(error.text)\n")
        }
    }

    /// Nil when help is asked for.
    private func read(_ arguments: [String]) throws(Fault) -> ToolOptions? {
        var result = ToolOptions(tool)
        var words: [String] = []
        var rest = arguments[...]
        var onlyWords = false
        while let argument = rest.popFirst() {
            if onlyWords || argument == "-" || !argument.hasPrefix("-") {
                words.append(argument)
            } else if argument == "--" {
                onlyWords = true
            } else if argument.hasPrefix("--") {
                let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let option = try find(String(parts[0]))
                let attached = parts.count > 1 ? String(parts[1]) : nil
                if option.long == "help", attached == nil { return nil }
                if option.value == nil, attached != nil {
                    throw Fault(text: "argument --\(option.long): ignored explicit argument '\(attached ?? "")'")
                }
                try apply(option, attached, &rest, &result)
            } else {
                var letters = argument.dropFirst()
                while let letter = letters.popFirst() {
                    guard let option = options.first(where: { $0.short == letter }) else {
                        throw Fault(text: "no such option: -\(letter)")
                    }
                    if option.long == "help" { return nil }
                    guard option.value != nil, !letters.isEmpty else {
                        try apply(option, nil, &rest, &result)
                        continue
                    }
                    if letters.first == "=" { letters.removeFirst() }
                    try apply(option, String(letters), &rest, &result)
                    letters = ""
                }
            }
        }
        try place(words, &result)
        try check(result)
        return result
    }

    private func find(_ name: String) throws(Fault) -> Option {
        if let exact = options.first(where: { $0.long == name }) { return exact }
        let all = name.isEmpty ? [] : options.filter { $0.long.hasPrefix(name) }
        let classic = all.filter(\.isClassic)
        let fitting = classic.isEmpty ? all : classic
        guard let first = fitting.first else { throw Fault(text: "no such option: --\(name)") }
        guard fitting.count == 1 else {
            let names = fitting.map { "--" + $0.long }.joined(separator: ", ")
            throw Fault(text: "ambiguous option: --\(name) could match \(names)")
        }
        return first
    }

    private func apply(
        _ option: Option, _ attached: String?, _ rest: inout ArraySlice<String>, _ result: inout ToolOptions
    ) throws(Fault) {
        var text = attached ?? ""
        if option.value != nil, attached == nil {
            guard let next = rest.first, next == "-" || !next.hasPrefix("-") else {
                throw Fault(text: "argument --\(option.long): expected one argument")
            }
            text = next
            rest.removeFirst()
        }
        if let complaint = option.apply(&result, text) {
            throw Fault(text: "argument --\(option.long): \(complaint)")
        }
    }

    private func place(_ words: [String], _ result: inout ToolOptions) throws(Fault) {
        let names = result.readsFiles ? Array(positionals.dropFirst()) : positionals
        guard words.count >= names.count else {
            throw Fault(
                text: "the following arguments are required: \(names.dropFirst(words.count).joined(separator: ", "))")
        }
        guard words.count == names.count else {
            throw Fault(text: "unrecognized arguments: \(words.dropFirst(names.count).joined(separator: " "))")
        }
        for (name, word) in zip(names, words) {
            guard !word.isEmpty else { throw Fault(text: "argument \(name): must not be empty") }
            switch name {
            case "HOST": result.host = word
            case "CLIENTFILE": result.clientFile = word
            default: result.serverFile = word
            }
        }
    }

    private func check(_ options: ToolOptions) throws(Fault) {
        if options.hidesClient, options.hidesServer {
            throw Fault(text: "argument --no-server: not allowed with argument --no-client")
        }
        if options.reportsMessages, options.reportsNetwork {
            throw Fault(text: "argument --network: not allowed with argument --msg")
        }
        if options.isRaw, options.masksSecrets {
            throw Fault(text: "argument --mask-secrets: not allowed with argument --raw: bytes have no fields")
        }
        if options.isRaw, options.json, !options.showsSecrets {
            throw Fault(text: "argument --raw: with --json it needs --show-secrets: bytes have no fields to mask")
        }
        if options.showsSecrets, options.masksSecrets || !options.json {
            throw Fault(text: "argument --show-secrets: belongs to --json, without --mask-secrets")
        }
        if options.readsFiles {
            if options.isRaw { throw Fault(text: "argument --raw: not allowed with argument --from") }
            if options.reportsNetwork || options.reportsLatency {
                throw Fault(text: "argument --from: saved files hold messages, but neither packets nor times")
            }
        }
        let tls = options.tls
        if (tls.certificate == nil) != (tls.key == nil) {
            throw Fault(text: "argument --tls-cert and --tls-key: one needs the other")
        }
        if tls.startTLS, tls.certificate == nil {
            throw Fault(text: "argument --starttls: needs --tls-cert and --tls-key, to stand for the server")
        }
        if tls.startTLS, tls.toServer {
            throw Fault(text: "argument --starttls: not allowed with argument --tls")
        }
        if !tls.toServer, !tls.startTLS, tls.authority != nil || tls.serverName != nil {
            throw Fault(text: "argument --tls-ca and --tls-name: need --tls or --starttls")
        }
    }

    // MARK: Texts

    /// `usage: ctispy [-h] …`, ending in a line feed.
    var usage: String {
        var lines: [String] = []
        var line = "usage: \(tool.rawValue)"
        let margin = String(repeating: " ", count: line.count)
        for word in options.map(\.usage) + positionals {
            if line.count + 1 + word.count > 79 {
                lines.append(line)
                line = margin
            }
            line += " " + word
        }
        return (lines + [line]).joined(separator: "\n") + "\n"
    }

    /// The whole help.
    var help: String {
        var text = usage + "\n" + tool.summary + "\n\npositional arguments:\n"
        text += Self.row("HOST", "name or IPv4 address of the CTI server")
        if tool == .save {
            text += Self.row("CLIENTFILE", "file for what the client sends")
            text += Self.row("SERVERFILE", "file for what the server sends")
        }
        text += "\noptions:\n"
        for option in options { text += Self.row(option.title, option.help) }
        return text + "\nexamples:\n" + tool.examples
    }

    private static func row(_ title: String, _ help: String) -> String {
        let column = 26
        let left = "  " + title
        var lines: [String] = []
        var line = left.count < column - 1 ? left + String(repeating: " ", count: column - left.count) : left
        if left.count >= column - 1 {
            lines.append(line)
            line = String(repeating: " ", count: column)
        }
        for word in help.split(separator: " ") {
            if line.count + word.count > 99 {
                lines.append(trimmed(line))
                line = String(repeating: " ", count: column)
            }
            line += word + " "
        }
        return (lines + [trimmed(line)]).joined(separator: "\n") + "\n"
    }

    private static func trimmed(_ line: String) -> String {
        line.hasSuffix(" ") ? String(line.dropLast()) : line
    }
}

extension OptionParser.Option {
    fileprivate var usage: String {
        let name = short.map { "-\($0)" } ?? "--\(long)"
        return value.map { "[\(name) \($0)]" } ?? "[\(name)]"
    }
    fileprivate var title: String {
        let name = "--\(long)" + (value.map { " \($0)" } ?? "")
        return short.map { letter in "-\(letter)" + (value.map { " \($0)" } ?? "") + ", " + name } ?? name
    }
}
