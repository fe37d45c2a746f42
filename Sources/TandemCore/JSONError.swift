/// Why bytes are not the JSON that was expected, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong at the offset.
    public enum Reason: Hashable, Sendable {
        /// The text stops in the middle of a value.
        case unexpectedEnd
        /// No value can begin with this byte.
        case unexpectedByte(UInt8)
        /// An object's member does not begin with a quoted key.
        case expectedKey
        /// A key is not followed by `:`.
        case expectedColon
        /// A value in an array or object is followed by neither `,` nor the closing bracket.
        case expectedCommaOrEnd
        /// A number is not written as RFC 8259 demands (`+1`, `1.`, `.5`, `-`).
        case invalidNumber
        /// A word other than `true`, `false` and `null`.
        case invalidLiteral
        /// A backslash is followed by something that is no escape.
        case invalidEscape
        /// A raw control character stands inside a string.
        case controlCharacter
        /// The bytes are not valid UTF-8 (overlong, surrogate, beyond U+10FFFF or cut off).
        case invalidUTF8
        /// More nested arrays and objects than the limit allows.
        case tooDeep(limit: Int)
        /// Something follows the value.
        case trailingData
        /// The text is longer than the parser accepts at all.
        case tooLarge(limit: Int)
        /// The text is valid JSON, but not an object.
        case notAnObject
    }

    /// The byte, counted from 0, at which the text stopped making sense.
    public let offset: Int
    /// What is wrong there.
    public let reason: Reason

    /// Names a fault and its place.
    public init(offset: Int, reason: Reason) {
        self.offset = offset
        self.reason = reason
    }

    /// A sentence with the place, e.g. `JSON byte 17: a key must be followed by a colon`.
    public var description: String { "JSON byte \(offset): \(reason.sentence)" }
}

extension JSONError.Reason {
    /// The fault as a clause for people.
    var sentence: String {
        switch self {
        case .unexpectedEnd: "the text ends in the middle of a value"
        case .unexpectedByte(let byte): "no value can begin with byte 0x\(String(byte, radix: 16))"
        case .expectedKey: "a member must begin with a key in double quotes"
        case .expectedColon: "a key must be followed by a colon"
        case .expectedCommaOrEnd: "a value must be followed by a comma or the closing bracket"
        case .invalidNumber: "the number is not written as JSON demands"
        case .invalidLiteral: "the only words are true, false and null"
        case .invalidEscape: "the escape after the backslash does not exist"
        case .controlCharacter: "control characters in strings must be escaped"
        case .invalidUTF8: "the text is not valid UTF-8"
        case .tooDeep(let limit): "arrays and objects are nested deeper than \(limit) levels"
        case .trailingData: "something follows the end of the value; send one value per line"
        case .tooLarge(let limit): "the text is longer than \(limit) bytes"
        case .notAnObject: "an object is needed"
        }
    }
}
