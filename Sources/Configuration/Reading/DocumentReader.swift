import TandemCore
import Yams

/// Reads one YAML document and collects everything that is wrong with it.
final class DocumentReader {
    private(set) var source: SourceMap
    private(set) var diagnostics: [Diagnostic] = []

    init(file: String) { source = SourceMap(file: file) }

    /// Parses the text; nil (with a diagnostic) when it is no YAML document.
    func root(of text: String) -> Cursor? {
        do {
            guard let node = try Yams.compose(yaml: text) else {
                report("", "the file is empty; accepted: a mapping of keys")
                return nil
            }
            return cursor(node, "")
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
        diagnostics.append(found)
    }

    /// Adds what later checks found, except in lists of which an element could not be read: their indices are off.
    func add(_ more: [Diagnostic]) {
        diagnostics += more.filter { found in !source.incompleteLists.contains { found.keyPath.hasPrefix($0 + "[") } }
    }

    /// Reads each element of a list; remembers when one could not be read.
    func elements<Value>(_ cursors: [Cursor], of list: Cursor, _ read: (Cursor) -> Value?) -> [Value] {
        let values = cursors.compactMap(read)
        if values.count < cursors.count { source.incompleteLists.insert(list.path) }
        return values
    }

    /// The value, or everything that is wrong, in the order of the file.
    func finish<Value>(_ value: Value?) throws(ConfigurationError) -> Value {
        let sorted = diagnostics.inFileOrder()
        guard let value, !sorted.hasErrors else { throw ConfigurationError(sorted) }
        return value
    }

    private func report(_ error: YamlError, text: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
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

    /// The next line that holds a key at a column: Yams names only the first of two equal keys.
    private static func line(of key: String, column: Int, after line: Int, in text: String) -> Int? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
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
            guard case .scalar(let key) = keyNode else {
                reader.report(path, "a key must be a text", at: keyNode.mark)
                continue
            }
            if accepted.contains(key.string) {
                fields[key.string] = reader.cursor(value, join(key.string))
            } else {
                let hint = closest(to: key.string, in: accepted).map { "did you mean \"\($0)\"? " } ?? ""
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
            guard case .scalar(let key) = keyNode else {
                reader.report(path, "a key must be a text", at: keyNode.mark)
                return nil
            }
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
