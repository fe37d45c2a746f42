import TandemCore

/// Reads lines of clients and bodies of peers: one tape, used again and again, lent for the length of a closure.
///
/// A class, so that what is lent can tell when its line is over: `CTIFields` that were kept read as empty afterwards,
/// never as the next line.
public final class CTILineReader {
    private var tape = JSONTape()
    private var lent: JSONView?
    private var lines: UInt64 = 0

    /// A reader at rest.
    public init() {}

    /// Parses a line and lends it to a closure. The closure MUST NOT come back to this reader; whoever may be re-entered
    /// keeps a spare one.
    ///
    /// - Throws: `JSONError`, also for a line that is valid JSON but no object.
    public func read<Result>(
        _ line: UnsafeBufferPointer<UInt8>, _ body: (CTIRequest) -> Result
    ) throws(JSONError) -> Result {
        precondition(lent == nil, "a reader lends one line at a time")
        try tape.parse(line, depthLimit: Limits.jsonDepth)
        let result = tape.withView(of: line) { view -> Result? in
            guard view.kind == .object else { return nil }
            lines &+= 1
            lent = view
            defer { lent = nil }
            return body(CTIRequest(view, CTIFields(self, line: lines)))
        }
        // A long line's memory is not kept for the short ones that follow.
        if line.count > 1 << 16 { tape.trim(toTokens: 4_096) }
        guard let result else { throw JSONError(offset: 0, reason: .notAnObject) }
        return result
    }

    /// Parses a line and lends it to a closure.
    public func read<Result>(_ line: [UInt8], _ body: (CTIRequest) -> Result) throws(JSONError) -> Result {
        // The standard library's closure-taking functions know no typed errors.
        let outcome = line.withUnsafeBufferPointer { bytes -> Swift.Result<Result, JSONError> in
            do throws(JSONError) { return .success(try read(bytes, body)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }

    /// The line with this number while it is lent.
    func view(ofLine number: UInt64) -> JSONView? { number == lines ? lent : nil }
}
