extension JSONValue: CustomStringConvertible {
    /// Reads a text as a tree.
    ///
    /// - Parameter depthLimit: how many arrays and objects may be nested, at most `JSONTape.maximumDepth`.
    public init(parsing bytes: [UInt8], depthLimit: Int = 64) throws(JSONError) {
        var tape = JSONTape(forTextOf: bytes.count)
        try tape.parse(bytes, depthLimit: depthLimit)
        self = bytes.withUnsafeBufferPointer { tape.value(of: tape.root, in: $0) }
    }

    /// Reads a text as a tree.
    public init(parsing bytes: UnsafeBufferPointer<UInt8>, depthLimit: Int = 64) throws(JSONError) {
        var tape = JSONTape(forTextOf: bytes.count)
        try tape.parse(bytes, depthLimit: depthLimit)
        self = tape.value(of: tape.root, in: bytes)
    }

    /// Reads a text as a tree.
    public init(parsing text: String, depthLimit: Int = 64) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), depthLimit: depthLimit)
    }

    /// Writes the tree.
    public func write(to writer: inout JSONWriter) { writer.value(self) }

    /// The tree as compact JSON in ASCII.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }

    /// The tree as compact JSON in ASCII.
    public var description: String { String(decoding: encoded(), as: UTF8.self) }
}

extension JSONObject {
    /// The members as compact JSON in ASCII.
    public func encoded() -> [UInt8] { EncodedObject(self).bytes }
}
