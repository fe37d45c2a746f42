/// One thing to say about a configuration file: where, what was found, what is accepted.
public struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
    /// How bad it is.
    public enum Severity: String, Hashable, Sendable {
        /// The file cannot be used.
        case error
        /// The file can be used, but probably does not say what was meant.
        case warning
    }
    /// How bad it is.
    public var severity: Severity
    /// The file as the caller named it.
    public var file: String
    /// Where in the file; nil when the value was not read from a file.
    public var position: SourcePosition?
    /// The key path, e.g. `sites.paris.users.1.phone`; empty for the file as a whole.
    public var keyPath: String
    /// What was found and what is accepted. Never holds a secret.
    public var message: String

    /// Makes a diagnostic.
    public init(
        severity: Severity = .error, file: String, position: SourcePosition? = nil, keyPath: String, message: String
    ) {
        self.severity = severity
        self.file = file
        self.position = position
        self.keyPath = keyPath
        self.message = message
    }

    /// The same about the file as a whole.
    var withoutPosition: Diagnostic {
        var copy = self
        copy.position = nil
        return copy
    }

    /// `tandem.yaml:12:5: error: users.1.phone: no such phone "9"; …`, as compilers write it.
    public var description: String {
        var text = file
        if let position { text += ":\(position.line):\(position.column)" }
        text += ": \(severity.rawValue): "
        if !keyPath.isEmpty { text += keyPath + ": " }
        return text + message
    }
}

/// A place in a text file, both from 1; columns count Unicode scalars.
public struct SourcePosition: Hashable, Sendable {
    /// Line from 1.
    public var line: Int
    /// Column from 1.
    public var column: Int
    /// Makes a position.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// A configuration file that cannot be used: all that is wrong with it, in the order of the file.
public struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    /// At least one error, and the warnings beside it.
    public var diagnostics: [Diagnostic]
    /// Makes an error.
    public init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }
    /// One line per diagnostic.
    public var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}

/// Where the values of a loaded file stand, for messages of later checks. All source maps are equal: where a value
/// was read is no part of what it says.
struct SourceMap: Hashable, Sendable {
    var file: String
    var positions: [String: SourcePosition] = [:]
    /// Lists of which an element could not be read: what stands in them has other indices than in the file.
    var incompleteLists: Set<String> = []

    static func == (left: SourceMap, right: SourceMap) -> Bool { true }
    func hash(into hasher: inout Hasher) {}

    /// The place of a key path, or of the nearest enclosing one that the file has.
    func position(of keyPath: String) -> SourcePosition? {
        var path = Substring(keyPath)
        while true {
            if let found = positions[String(path)] { return found }
            guard let dot = path.lastIndex(of: ".") else { return positions[""] }
            path = path[..<dot]
        }
    }

    func diagnostic(_ severity: Diagnostic.Severity, _ keyPath: String, _ message: String) -> Diagnostic {
        Diagnostic(
            severity: severity, file: file, position: position(of: keyPath), keyPath: keyPath, message: message)
    }
}

extension [Diagnostic] {
    /// In the order of the file; those without a place last.
    func inFileOrder() -> [Diagnostic] {
        enumerated().sorted { left, right in
            let a = left.element.position, b = right.element.position
            return (a?.line ?? .max, a?.column ?? .max, left.offset) < (
                b?.line ?? .max, b?.column ?? .max, right.offset
            )
        }.map(\.element)
    }
    /// Whether one of them is an error.
    public var hasErrors: Bool { contains { $0.severity == .error } }
}
