import TandemCore
import Yams

/// Looks a whole document through for what a YAML reader accepts and then drops: keys that stand twice under different
/// styles, keys that are no texts, merge keys, unknown tags, and texts that YAML takes for anchors or comments because
/// they stand without quotes. Whatever the file's style, each value counts or is complained about.
struct DocumentAudit {
    /// Reports something: key path, message, severity, place.
    typealias Report = (_ path: String, _ message: String, _ severity: Diagnostic.Severity, _ mark: Mark?) -> Void

    private let lines: [Substring.UTF8View]
    private let tell: Report
    private var visited = 0
    /// How often each anchor's value stands in the document: once means that no alias uses it.
    private var anchors: [String: (count: Int, path: String, mark: Mark?)] = [:]

    /// The tags that say no more than the value itself.
    private static let plainTags: Set<String> = Set(
        ["", "!", "?"]
            + ["str", "int", "float", "bool", "null", "map", "seq", "timestamp", "merge", "value"].map {
                "tag:yaml.org,2002:" + $0
            })

    private init(text: String, report: @escaping Report) {
        lines = Substring(text).utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
        tell = report
    }

    /// Looks a document through. False: it is too large to be read any further.
    static func run(_ root: Node, text: String, report: @escaping Report) -> Bool {
        var audit = DocumentAudit(text: text, report: report)
        guard audit.visit(root, "") else {
            audit.report(
                "", "the file holds more than \(Limits.configurationValues) values (an alias counts each time)",
                root.mark)
            return false
        }
        for (name, found) in audit.anchors where found.count == 1 {
            audit.report(
                found.path,
                "&\(name) names this value for aliases, and no alias uses it; accepted: a text that begins with & in quotes",
                found.mark)
        }
        return true
    }

    private mutating func visit(_ node: Node, _ path: String) -> Bool {
        visited += 1
        guard visited <= Limits.configurationValues else { return false }
        note(node, path)
        switch node {
        case .scalar(let scalar):
            if scalar.style == .plain { checkComment(scalar, path) }
            return true
        case .mapping(let mapping):
            var places: [String: Mark?] = [:]
            for (key, value) in mapping {
                guard case .scalar(let scalar) = key else {
                    report(path, "found a list or mapping as key; accepted: a text", key.mark)
                    continue
                }
                let name = scalar.string
                note(key, path)
                if name == "<<", scalar.style == .plain {
                    report(path, "merge keys (<<) are not read; accepted: each key written out", key.mark)
                    continue
                }
                if let first = places.updateValue(key.mark, forKey: name) {
                    let place = first.map { "at line \($0.line)" } ?? "before"
                    report(
                        path,
                        "the key \"\(name)\" stands here and \(place); accepted: each key once, with or without quotes",
                        key.mark)
                }
                guard visit(value, path.isEmpty ? name : path + "." + name) else { return false }
            }
            return true
        case .sequence(let sequence):
            for (place, element) in sequence.enumerated() where !visit(element, "\(path)[\(place)]") { return false }
            return true
        case .alias: return true
        }
    }

    /// Anchor and tag of a node.
    private mutating func note(_ node: Node, _ path: String) {
        let (anchor, tag): (Anchor?, Tag) =
            switch node {
            case .scalar(let scalar): (scalar.anchor, scalar.tag)
            case .mapping(let mapping): (mapping.anchor, mapping.tag)
            case .sequence(let sequence): (sequence.anchor, sequence.tag)
            case .alias(let alias): (alias.anchor, alias.tag)
            }
        if let anchor { anchors[anchor.rawValue, default: (0, path, node.mark)].count += 1 }
        let word = tag.description
        if !Self.plainTags.contains(word) {
            report(
                path, "the tag \(word) is not read; accepted: no tag, and a text that begins with ! in quotes",
                node.mark)
        }
    }

    private func report(_ path: String, _ message: String, _ mark: Mark?) { tell(path, message, .error, mark) }

    /// `number: #31` is a key without a value and a comment, `name: Room #3` loses its number: people put a blank behind
    /// the sign of a comment.
    private func checkComment(_ scalar: Node.Scalar, _ path: String) {
        guard let mark = scalar.mark, mark.line >= 1, mark.line <= lines.count else { return }
        let line = Substring(lines[mark.line - 1]).unicodeScalars
        let text = scalar.string.unicodeScalars
        var rest = line.dropFirst(max(0, mark.column - 1))
        // A text over several lines ends elsewhere.
        guard rest.starts(with: text) else { return }
        rest = rest.dropFirst(text.count).drop { $0 == " " || $0 == "\t" || (text.isEmpty && $0 == ":") }
        guard rest.first == "#", let second = rest.dropFirst().first,
            second == "*" || second.properties.numericType != nil
        else { return }
        let word = String(Substring(rest).prefix { !" \t\r,]}".contains($0) })
        if text.isEmpty {
            report(
                path,
                "\(word) is a comment here, and nothing stands before it; accepted: a text that begins with # in quotes: "
                    + "\"\(word)\"", mark)
        } else {
            tell(
                path, "\(word) is a comment here and no part of \"\(scalar.string)\"; if it should be, quote the whole",
                .warning, mark)
        }
    }
}
