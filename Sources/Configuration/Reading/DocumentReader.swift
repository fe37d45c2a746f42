import TandemCore
import Yams

/// Reads one YAML document and collects everything that is wrong with it.
final class DocumentReader {
    private(set) var source: SourceMap
    private(set) var diagnostics: [Diagnostic] = []
    private var counts: [Diagnostic.Severity: Int] = [:]

    /// Whether enough errors are told: what a further one would take to word can be spared.
    var isFull: Bool { counts[.error, default: 0] >= Limits.configurationProblems }

    init(file: String) { source = SourceMap(file: file) }

    /// Parses the text; nil (with a diagnostic) when it is no YAML document.
    func root(of text: String) -> Cursor? {
        // Editors of some systems begin a file with a mark of its byte order.
        let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        do {
            // The parser owns the anchors: it must outlive the look through the document.
            let parser = try Yams.Parser(yaml: text)
            return try withExtendedLifetime(parser) {
                guard let node = try parser.singleRoot() else {
                    report("", "the file is empty; accepted: a mapping of keys")
                    return nil
                }
                let isReadable = DocumentAudit.run(node, text: text) { path, message, severity, mark in
                    self.report(path, message, severity: severity, at: mark)
                }
                return isReadable ? cursor(node, "") : nil
            }
        } catch let error as YamlError {
            report(error, text: text)
        } catch {
            report("", "not readable as YAML: \(error)")
        }
        return nil
    }

    /// A cursor for a node; remembers its place.
    func cursor(_ node: Node, _ path: String) -> Cursor {
        if let mark = node.mark { source.positions[path] = SourcePosition(line: mark.line, column: mark.column) }
        return Cursor(node: node, path: path, reader: self)
    }

    func report(
        _ path: String, _ message: String, severity: Diagnostic.Severity = .error, at mark: Mark? = nil
    ) {
        report(
            path, message, severity: severity, position: mark.map { SourcePosition(line: $0.line, column: $0.column) })
    }

    private func report(
        _ path: String, _ message: String, severity: Diagnostic.Severity = .error, position: SourcePosition?
    ) {
        var found = source.diagnostic(severity, path, message)
        if let position { found.position = position }
        take(found)
    }

    /// Keeps a diagnostic; those beyond the bound are only counted.
    private func take(_ found: Diagnostic) {
        counts[found.severity, default: 0] += 1
        if counts[found.severity, default: 0] <= Limits.configurationProblems { diagnostics.append(found) }
    }

    /// What is not told for its number.
    private var rest: [Diagnostic] {
        [(Diagnostic.Severity.error, "errors"), (.warning, "warnings")].compactMap { severity, word in
            let more = counts[severity, default: 0] - Limits.configurationProblems
            guard more > 0 else { return nil }
            return source.diagnostic(severity, "", "and \(more) more \(word)").withoutPosition
        }
    }

    /// Adds what later checks found, except in lists of which an element could not be read: their indices are off.
    func add(_ more: [Diagnostic]) {
        for found in more where !source.incompleteLists.contains(where: { found.keyPath.hasPrefix($0 + "[") }) {
            take(found)
        }
    }

    /// Reads each element of a list; remembers when one could not be read.
    func elements<Value>(_ cursors: [Cursor], of list: Cursor, _ read: (Cursor) -> Value?) -> [Value] {
        let values = cursors.compactMap(read)
        if values.count < cursors.count { source.incompleteLists.insert(list.path) }
        return values
    }

    /// The value, or everything that is wrong, in the order of the file.
    func finish<Value>(_ value: Value?) throws(ConfigurationError) -> Value {
        let sorted = diagnostics.inFileOrder() + rest
        guard let value, !sorted.hasErrors else { throw ConfigurationError(sorted) }
        return value
    }

    private func report(_ error: YamlError, text: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            if let hint = Self.hint(problem, context?.text ?? "", at: mark, in: text) {
                report("", hint, at: mark)
                return
            }
            let around = context.map { " (\($0.text) at line \($0.mark.line))" } ?? ""
            report("", "not valid YAML: \(problem)\(around)", at: mark)
        case .duplicatedKeysInMapping(let duplicates, let context):
            let key = duplicates.first ?? ""
            let mark = context.mark
            if let second = Self.line(of: key, column: mark.column, after: mark.line, in: text) {
                report(
                    "", "the key \"\(key)\" stands here and at line \(mark.line); accepted: each key once",
                    position: SourcePosition(line: second, column: mark.column))
            } else {
                report("", "the key \"\(key)\" stands twice in this mapping; accepted: each key once", at: mark)
            }
        default: report("", "not valid YAML: \(error)")
        }
    }

    /// What to say where YAML reads more into a text without quotes than its author meant; nil: something else is wrong.
    private static func hint(_ problem: String, _ context: String, at mark: Mark, in text: String) -> String? {
        if problem.contains("found another document") {
            return "a second document begins here (--- or ...); accepted: one document"
        }
        let isAlias = problem.contains("undefined alias") || context.contains("scanning an alias")
        guard isAlias || context.contains("scanning an anchor") || problem.contains("cannot start any token") else {
            return nil
        }
        let sign = isAlias ? "*" : context.contains("anchor") ? "&" : nil
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard mark.line >= 1, mark.line <= lines.count else { return nil }
        let line = Array(String(Substring(lines[mark.line - 1])).unicodeScalars)
        // The scanner stops behind the sign.
        var start = min(max(0, mark.column - 1), line.count)
        if let sign {
            guard let found = line[..<min(start + 1, line.count)].lastIndex(where: { String($0) == sign }) else {
                return nil
            }
            start = found
        }
        var word = String.UnicodeScalarView()
        word.append(contentsOf: line[start...].prefix { !" \t\r,]}".unicodeScalars.contains($0) })
        guard !word.isEmpty else { return nil }
        let found = String(word.prefix(40))
        let what = isAlias ? "an alias of YAML that names nothing" : "no text without quotes"
        return "\(found) is \(what); accepted: \"\(found)\", in quotes"
    }

    /// The next line that holds a key at a column: Yams names only the first of two equal keys.
    private static func line(of key: String, column: Int, after line: Int, in text: String) -> Int? {
        // By bytes: as characters, a line feed after a carriage return is none.
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { Substring($0) }
        guard line < lines.count else { return nil }
        for (offset, candidate) in lines[line...].enumerated() {
            let rest = candidate.unicodeScalars.dropFirst(column - 1)
            guard candidate.unicodeScalars.prefix(column - 1).allSatisfy({ $0 == " " }) else {
                if candidate.unicodeScalars.prefix(column - 1).contains(where: { $0 == "#" }) { continue }
                return nil  // a shallower line ends the mapping
            }
            let unquoted = Substring(rest).drop { $0 == "\"" || $0 == "'" }
            guard unquoted.hasPrefix(key) else { continue }
            let behind = unquoted.dropFirst(key.count).drop { $0 == "\"" || $0 == "'" || $0 == " " }
            if behind.hasPrefix(":") { return line + offset + 1 }
        }
        return nil
    }
}

extension Node.Scalar {
    /// Whether it is YAML's key for merging, which is not read.
    fileprivate var isMerge: Bool { string == "<<" && style == .plain }
}

/// One node of the document, with its key path.
struct Cursor {
    let node: Node
    let path: String
    let reader: DocumentReader

    func fail(_ message: String) { reader.report(path, message, at: node.mark) }

    /// Says what is odd about what stands here, and goes on.
    func warn(_ message: String) { reader.report(path, message, severity: .warning, at: node.mark) }

    /// Whether there is nothing behind the key (`key:` or `~`).
    var isNull: Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// What stands here, for messages.
    var found: String {
        if isNull { return "nothing" }
        switch node {
        case .scalar(let scalar):
            let text = scalar.string.count > 60 ? scalar.string.prefix(57) + "..." : Substring(scalar.string)
            return "\"\(text)\""
        case .mapping: return "a mapping"
        case .sequence: return "a list"
        case .alias: return "an alias"
        }
    }

    func expect(_ accepted: String) { fail("found \(found); accepted: \(accepted)") }

    /// The text of a plain or quoted scalar. Unquoted numbers keep their digits as written (`0101`).
    var scalarText: String? {
        guard case .scalar(let scalar) = node, !isNull else { return nil }
        return scalar.string
    }
    private var isPlain: Bool {
        guard case .scalar(let scalar) = node else { return false }
        return scalar.style == .plain || scalar.style == .any
    }

    /// A mapping with known keys; unknown ones are reported.
    func section(_ accepted: [String]) -> Section? {
        guard case .mapping(let mapping) = node else {
            expect("a mapping with the keys " + accepted.joined(separator: ", "))
            return nil
        }
        var fields: [String: Cursor] = [:]
        for (keyNode, value) in mapping {
            // A key that is no text, or `<<`, has been reported: the whole document was looked through.
            guard case .scalar(let key) = keyNode, !key.isMerge else { continue }
            if accepted.contains(key.string) {
                fields[key.string] = reader.cursor(value, join(key.string))
            } else {
                let near = reader.isFull ? nil : closest(to: key.string, in: accepted)
                let hint = near.map { "did you mean \"\($0)\"? " } ?? ""
                reader.report(
                    path, "unknown key \"\(key.string)\"; \(hint)accepted: \(accepted.joined(separator: ", "))",
                    at: keyNode.mark)
            }
        }
        return Section(cursor: self, fields: fields)
    }

    /// A mapping whose keys are names of the file's author, in file order; nil key marks are never produced.
    func entries(_ accepted: String) -> [(key: String, keyCursor: Cursor, value: Cursor)] {
        if isNull { return [] }
        guard case .mapping(let mapping) = node else {
            expect(accepted)
            return []
        }
        return mapping.compactMap { keyNode, value in
            guard case .scalar(let key) = keyNode, !key.isMerge else { return nil }
            let inner = join(key.string)
            return (key.string, Cursor(node: keyNode, path: inner, reader: reader), reader.cursor(value, inner))
        }
    }

    /// The elements of a list.
    func list(_ accepted: String) -> [Cursor]? {
        guard case .sequence(let sequence) = node else {
            expect(accepted)
            return nil
        }
        return sequence.enumerated().map { reader.cursor($1, "\(path)[\($0)]") }
    }

    /// The values of a list's elements; those that cannot be read are reported and left out.
    func list<Value>(_ accepted: String, of read: (Cursor) -> Value?) -> [Value]? {
        list(accepted).map { reader.elements($0, of: self, read) }
    }

    func join(_ key: String) -> String { path.isEmpty ? key : path + "." + key }

    // MARK: scalars

    /// A text that is not empty, or as a rule says.
    func text(_ accepted: String = "a text", where rule: (String) -> Bool = { !$0.isEmpty }) -> String? {
        guard let text = scalarText, rule(text), !text.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
            expect(accepted)
            return nil
        }
        return text
    }

    func boolean() -> Bool? {
        if isPlain, let text = scalarText {
            switch text.lowercased() {
            case "true", "yes", "on": return true
            case "false", "no", "off": return false
            default: break
            }
        }
        expect("true or false")
        return nil
    }

    func integer(_ range: ClosedRange<Int>, _ what: String = "a whole number") -> Int? {
        guard isPlain, let text = scalarText, let number = Int(text), range.contains(number) else {
            expect(
                range.upperBound == .max
                    ? "\(what) of \(range.lowerBound) or more"
                    : "\(what) from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    /// Seconds, or a number with a unit.
    func duration() -> Duration? {
        guard let text = scalarText, let duration = DurationText.parse(text) else {
            expect("a duration such as 5, 2.5s, 250ms, 15m, 24h or 7d")
            return nil
        }
        return duration
    }

    /// One word of a set.
    func word<Value>(_ words: [(String, Value)]) -> Value? {
        guard let text = scalarText, let match = words.first(where: { $0.0 == text }) else {
            let hint = scalarText.flatMap { closest(to: $0, in: words.map(\.0)) }.map { "; did you mean \"\($0)\"?" }
            fail("found \(found); accepted: \(words.map(\.0).joined(separator: ", "))\(hint ?? "")")
            return nil
        }
        return match.1
    }

    func siteID() -> SiteID? {
        guard let text = scalarText, let site = SiteID(text) else {
            expect("a site name: letters, digits, \"-\", \"_\" and \".\", at most \(Limits.siteID)")
            return nil
        }
        return site
    }

    func address(allowAnyPort: Bool) -> ListenAddress? {
        guard let text = scalarText, let address = ListenAddress(text), allowAnyPort || address.port != 0 else {
            expect(
                "HOST:PORT such as 127.0.0.1:5003 or [::1]:5003, port \(allowAnyPort ? "0 (any free)" : "1") to 65535")
            return nil
        }
        return address
    }

    func secret() -> Secret? {
        guard let text = scalarText, HeaderText(text) != nil, !text.isEmpty else {
            // The value is not repeated: it may be most of a password.
            fail("accepted: a text without line breaks, at most \(Limits.headerText) bytes")
            return nil
        }
        return Secret(text)
    }
}

/// A mapping whose keys are known.
struct Section {
    let cursor: Cursor
    let fields: [String: Cursor]

    /// A field that may be absent; `key:` with nothing behind it counts as absent.
    subscript(key: String) -> Cursor? { fields[key].flatMap { $0.isNull ? nil : $0 } }

    /// A field that must be there.
    func required(_ key: String, _ accepted: String) -> Cursor? {
        if let field = self[key] { return field }
        cursor.fail("the key \"\(key)\" is missing; accepted: \(accepted)")
        return nil
    }
}

/// The word of a list that differs least from what was typed, if it is near enough to be meant.
func closest(to text: String, in words: [String]) -> String? {
    let limit = text.count <= 4 ? 1 : 2
    let typed = Array(text.lowercased())
    var best: (word: String, distance: Int)?
    for word in words {
        let distance = editDistance(typed, Array(word.lowercased()))
        if distance <= limit, distance < best?.distance ?? .max { best = (word, distance) }
    }
    return best?.word
}

private func editDistance(_ left: [Character], _ right: [Character]) -> Int {
    var row = Array(0...right.count)
    for i in left.indices {
        var diagonal = row[0]
        row[0] = i + 1
        for j in right.indices {
            let above = row[j + 1]
            row[j + 1] = min(above + 1, row[j] + 1, diagonal + (left[i] == right[j] ? 0 : 1))
            diagonal = above
        }
    }
    return row[right.count]
}
