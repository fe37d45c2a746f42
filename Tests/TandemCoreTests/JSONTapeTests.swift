import Testing

@testable import TandemCore

@Suite("Reading JSON")
struct JSONTapeTests {
    private func fault(_ text: String, depthLimit: Int = 64) -> JSONError? { fault(Array(text.utf8), depthLimit) }

    private func fault(_ bytes: [UInt8], _ depthLimit: Int = 64) -> JSONError? {
        var tape = JSONTape()
        do throws(JSONError) {
            try tape.parse(bytes, depthLimit: depthLimit)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "every malformed text is refused with its place and reason",
        arguments: [
            ("", 0, JSONError.Reason.unexpectedEnd), ("   ", 3, .unexpectedEnd), ("{", 1, .unexpectedEnd),
            ("[", 1, .unexpectedEnd), ("[1", 2, .unexpectedEnd), ("[1,", 3, .unexpectedEnd),
            ("{\"a\"", 4, .unexpectedEnd), ("{\"a\":", 5, .unexpectedEnd), ("{\"a\":1", 6, .unexpectedEnd),
            ("{\"a\":1,", 7, .unexpectedEnd), ("\"abc", 4, .unexpectedEnd), ("\"abc\\", 5, .unexpectedEnd),
            ("{a:1}", 1, .expectedKey), ("{1:1}", 1, .expectedKey), ("{,}", 1, .expectedKey),
            ("{\"a\":1,}", 7, .expectedKey), ("{'a':1}", 1, .expectedKey), ("{\"a\" 1}", 5, .expectedColon),
            ("{\"a\",1}", 4, .expectedColon), ("[1 2]", 3, .expectedCommaOrEnd), ("[1}", 2, .expectedCommaOrEnd),
            ("{\"a\":1]", 6, .expectedCommaOrEnd), ("{\"a\":1 \"b\":2}", 7, .expectedCommaOrEnd),
            ("[01]", 2, .expectedCommaOrEnd), ("[,1]", 1, .unexpectedByte(0x2C)), ("[1,]", 3, .unexpectedByte(0x5D)),
            ("+1", 0, .unexpectedByte(0x2B)), (".5", 0, .unexpectedByte(0x2E)), ("NaN", 0, .unexpectedByte(0x4E)),
            ("]", 0, .unexpectedByte(0x5D)), ("\u{C}1", 0, .unexpectedByte(0x0C)), ("'a'", 0, .unexpectedByte(0x27)),
            ("-", 0, .invalidNumber), ("1.", 0, .invalidNumber), ("1e", 0, .invalidNumber), ("1e+", 0, .invalidNumber),
            ("-a", 0, .invalidNumber), ("1.e1", 0, .invalidNumber), ("tru", 0, .invalidLiteral),
            ("nulL", 0, .invalidLiteral), ("fals3", 0, .invalidLiteral), ("\"\\x\"", 1, .invalidEscape),
            ("\"\\u12g4\"", 1, .invalidEscape), ("\"\\u12\"", 1, .invalidEscape), ("\"a\nb\"", 2, .controlCharacter),
            ("\"\u{0}\"", 1, .controlCharacter), ("\"12345678\u{1F}\"", 9, .controlCharacter),
            ("1 2", 2, .trailingData), ("{}x", 2, .trailingData), ("{}{}", 2, .trailingData),
            ("0123", 1, .trailingData), ("truex", 4, .trailingData), ("/*c*/1", 0, .unexpectedByte(0x2F)),
        ])
    func malformed(_ text: String, _ offset: Int, _ reason: JSONError.Reason) {
        #expect(fault(text) == JSONError(offset: offset, reason: reason))
    }

    @Test(
        "invalid UTF-8 is refused wherever it stands",
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xE0, 0x80, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80],
            [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xFE], [0xC3, 0x28],
        ] as [[UInt8]])
    func invalidUTF8(_ bytes: [UInt8]) {
        for padding in [0, 1, 7, 8, 9] {
            let text = [0x22] + Array(repeating: 0x61, count: padding) + bytes + [0x22]
            #expect(fault(text) == JSONError(offset: padding + 1, reason: .invalidUTF8))
        }
    }

    @Test("every Unicode scalar that UTF-8 can hold is accepted raw")
    func validUTF8() throws {
        for code in [0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF] as [UInt32] {
            let text = String(Character(try #require(Unicode.Scalar(code))))
            #expect(try JSONValue(parsing: "\"" + text + "\"") == .string(text))
        }
    }

    @Test("a hundred thousand brackets fail at the depth limit, not on the stack")
    func bracketBomb() {
        let bomb = Array(repeating: UInt8(ascii: "["), count: 100_000)
        #expect(fault(bomb) == JSONError(offset: 64, reason: .tooDeep(limit: 64)))
        #expect(fault(bomb, 100_000)?.reason == .tooDeep(limit: JSONTape.maximumDepth))
        let objects = Array(String(repeating: "{\"a\":", count: 50_000).utf8)
        #expect(fault(objects)?.reason == .tooDeep(limit: 64))
        #expect(JSONError(offset: 64, reason: .tooDeep(limit: 64)).description.contains("64 levels"))
    }

    @Test("the depth limit counts nested containers exactly")
    func depthLimit() {
        #expect(fault("[[1]]", depthLimit: 2) == nil)
        #expect(fault("[[[]]]", depthLimit: 2) == JSONError(offset: 2, reason: .tooDeep(limit: 2)))
        #expect(fault("1", depthLimit: 0) == nil)
        #expect(fault("[[],[],{\"a\":[]}]", depthLimit: 3) == nil)
    }

    @Test("a failed parse leaves a tape whose root is null, and the tape can be used again")
    func reuseAfterFailure() throws {
        var tape = JSONTape()
        try tape.parse(Array("[1,2,3]".utf8))
        #expect(tape.count(of: tape.root) == 3)
        #expect(throws: JSONError.self) { try tape.parse(Array("[1,2".utf8)) }
        #expect(tape.kind(of: tape.root) == .null)
        try tape.parse(Array("{}".utf8))
        #expect(tape.kind(of: tape.root) == .object)
    }

    @Test("nodes give kinds, values, counts and the bytes as received")
    func navigation() throws {
        let text = Array(
            " { \"class\" : \"ipbxcommand\", \"n\": -12, \"d\": 1.50, \"t\": true, \"l\": [1, \"a\\u00e9\", null], \"o\":{} } "
                .utf8)
        var tape = JSONTape()
        try tape.parse(text)
        try text.withUnsafeBufferPointer { bytes in
            let root = tape.root
            let name = try #require(tape.member("class", of: root, in: bytes))
            #expect(tape.stringEquals(name, "ipbxcommand", in: bytes))
            #expect(!tape.stringEquals(name, "ipbxcomman", in: bytes))
            #expect(tape.string(name, in: bytes) == "ipbxcommand")
            #expect(tape.member("classs", of: root, in: bytes) == nil)
            let number = try #require(tape.member("n", of: root, in: bytes))
            #expect(tape.integer(number, in: bytes) == -12)
            #expect(tape.double(number, in: bytes) == -12)
            let decimal = try #require(tape.member("d" as String, of: root, in: bytes))
            #expect(tape.integer(decimal, in: bytes) == nil)
            #expect(tape.double(decimal, in: bytes) == 1.5)
            #expect(String(decoding: bytes[tape.rawRange(of: decimal)], as: UTF8.self) == "1.50")
            #expect(tape.bool(try #require(tape.member("t", of: root, in: bytes))) == true)
            let list = try #require(tape.member("l", of: root, in: bytes))
            #expect(tape.count(of: list) == 3)
            #expect(tape.value(of: list, in: bytes) == [1, "aé", nil])
            #expect(tape.count(of: root) == 6)
            tape.withView(of: bytes) { view in
                #expect(view.at(list).elements.map(\.kind) == [.number, .string, .null])
                #expect(view.members.map { $0.key.string } == ["class", "n", "d", "t", "l", "o"])
                #expect(view.member("o")?.count == 0)
            }
        }
    }

    @Test("a repeated key means its last value")
    func repeatedKey() throws {
        let text = Array("{\"a\":1,\"b\":2,\"a\":3,\"\\u0061\":4}".utf8)
        var tape = JSONTape()
        try text.withUnsafeBufferPointer { bytes in
            let found = try tape.withParsed(bytes) { ($0.integer("a"), $0.member("a" as String)?.integer) }
            #expect(found.0 == 4 && found.1 == 4)
        }
        #expect(try JSONValue(parsing: text) == ["a": 4, "b": 2])
        #expect(try JSONValue(parsing: text).objectValue?.keys == ["a", "b"])
    }

    @Test("escapes are read, and a lone surrogate becomes the replacement character")
    func escapes() throws {
        #expect(try JSONValue(parsing: #""\"\\\/\b\f\n\r\t\u00e9""#) == "\"\\/\u{8}\u{C}\n\r\té")
        #expect(try JSONValue(parsing: #""\ud83d\ude00""#) == "😀")
        #expect(try JSONValue(parsing: #""\ud83dx""#) == "\u{FFFD}x")
        #expect(try JSONValue(parsing: #""\ude00\ud83d""#) == "\u{FFFD}\u{FFFD}")
        #expect(try JSONValue(parsing: #""\ud83d\u0041""#) == "\u{FFFD}A")
        #expect(try JSONValue(parsing: #""\u0000""#) == "\u{0}")
    }

    @Test("whole numbers are exact to 64 bits and keep their digits beyond")
    func numbers() throws {
        #expect(try JSONValue(parsing: "9223372036854775807") == .integer(.max))
        #expect(try JSONValue(parsing: "-9223372036854775808") == .integer(.min))
        #expect(try JSONValue(parsing: "9223372036854775808") == .numeral("9223372036854775808"))
        #expect(try JSONValue(parsing: "-9223372036854775809") == .numeral("-9223372036854775809"))
        #expect(try JSONValue(parsing: "0") == 0)
        #expect(try JSONValue(parsing: "-0") == 0)
        #expect(try JSONValue(parsing: "1E2") == .double(100))
        #expect(try JSONValue(parsing: "1e400") == .numeral("1e400"))
        #expect(try JSONValue(parsing: "1e400").description == "1e400")
    }

    @Test("an object of very many keys is read in linear time, repeated keys included")
    func manyKeys() throws {
        let text = "{" + (0..<100_000).map { "\"k\($0 % 60_000)\":\($0)" }.joined(separator: ",") + "}"
        let object = try #require(try JSONValue(parsing: text).objectValue)
        #expect(object.count == 60_000)
        #expect(object.members[5].value == 60_005)
        #expect(object == JSONObject(object.members.reversed().map { ($0.key, $0.value) }))
    }

    @Test("random bytes never trap, and what parses reads back the same")
    func randomBytes() {
        var random = SeededGenerator(seed: 11)
        let alphabet = Array("{}[]\",:\\u0123456789eE+-. \ntrufalsn\u{0}é".utf8) + [0xFF, 0xC3, 0xED, 0xA0]
        var tape = JSONTape()
        for _ in 0..<30_000 {
            let size = Int.random(in: 0...40, using: &random)
            let bytes = (0..<size).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            guard (try? tape.parse(bytes)) != nil else {
                #expect(tape.kind(of: tape.root) == .null)
                continue
            }
            let value = bytes.withUnsafeBufferPointer { tape.value(of: tape.root, in: $0) }
            #expect(try! JSONValue(parsing: value.encoded()) == value)
        }
    }

    @Test("every cut and every changed byte of a real line is either read or refused, never trapped on")
    func mutations() {
        let line = Array(#"{"class":"getlist","list":["5",{"é":-1.5e3}],"t":true,"n":null,"s":"\ud83d\ude00"}"#.utf8)
        var tape = JSONTape()
        for cut in line.indices { #expect(throws: JSONError.self) { try tape.parse(Array(line[..<cut])) } }
        for place in line.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = line
                changed[place] = byte
                guard (try? tape.parse(changed)) != nil else { continue }
                _ = changed.withUnsafeBufferPointer { tape.value(of: tape.root, in: $0) }
            }
        }
    }

    @Test("an unusually large text's memory can be given back")
    func trim() throws {
        var tape = JSONTape()
        try tape.parse(Array(("[" + String(repeating: "1,", count: 10_000) + "1]").utf8))
        #expect(tape.count(of: tape.root) == 10_001)
        tape.trim(toTokens: 64)
        #expect(tape.kind(of: tape.root) == .null && tape.tokens.count == 64)
        try tape.parse(Array("[1,2]".utf8))
        #expect(tape.count(of: tape.root) == 2)
    }
}
