/// A message that is encoded already, because much of it is copied together from encoded parts: one JSON object with a
/// line feed behind it. JSON allows the white space, and a transport that carries lines need not copy the message to
/// add its end.
package struct EncodedMessage: Hashable, Sendable {
    /// The object and the line feed.
    let line: [UInt8]

    /// Wraps what `FrameWriter` has written.
    init(line: [UInt8]) { self.line = line }

    /// The object without the line feed.
    package var object: ArraySlice<UInt8> { line.dropLast() }
}
