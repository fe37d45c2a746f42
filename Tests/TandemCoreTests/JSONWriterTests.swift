import Testing

@testable import TandemCore

@Suite("Writing JSON")
struct JSONWriterTests {
    private func text(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter(capacity: 0)
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test("commas are set where they belong")
    func commas() {
        let text = text { writer in
            writer.beginObject()
            writer.key("a")
            writer.integer(1)
            writer.key("b" as String)
            writer.beginArray()
            writer.string("x")
            writer.null()
            writer.beginObject()
            writer.endObject()
            writer.beginArray()
            writer.endArray()
            writer.raw(Array("[7]".utf8))
            writer.endArray()
            writer.key("c")
            writer.bool(false)
            writer.endObject()
            writer.newline()
            writer.beginObject()
            writer.endObject()
        }
        #expect(text == #"{"a":1,"b":["x",null,{},[],[7]],"c":false}"# + "\n{}")
    }

    @Test("strings come out as ASCII, slashes unescaped")
    func strings() {
        #expect(text { $0.string("a/b\"\\\n\r\t\u{8}\u{C}\u{1}") } == #""a/b\"\\\n\r\t\b\f\u0001""#)
        #expect(text { $0.string("é€😀") } == #""\u00e9\u20ac\ud83d\ude00""#)
        #expect(text { $0.string("\u{7F}") } == "\"\u{7F}\"")
        #expect(text { $0.string("") } == "\"\"")
        #expect(text { $0.string("12345678é12345678") } == #""12345678\u00e912345678""#)
        #expect(text { $0.key("é\"" as String) } == #""\u00e9\"":"#)
    }

    @Test("numbers are valid JSON and read back the same")
    func numbers() {
        #expect(text { $0.double(1) } == "1.0")
        #expect(text { $0.double(0.1) } == "0.1")
        #expect(text { $0.double(.nan) } == "null")
        #expect(text { $0.double(-.infinity) } == "null")
        #expect(text { $0.double(1e300) } == "1e+300")
        #expect(text { $0.integer(Int64.min) } == "-9223372036854775808")
        #expect(text { $0.integer(UInt64.max) } == "18446744073709551615")
        #expect(text { $0.integer(0) } == "0")
        #expect(text { $0.integer(-10) } == "-10")
        #expect(text { $0.value(.numeral("12x")) } == "\"12x\"")
        #expect(text { $0.value(.numeral("")) } == "\"\"")
    }

    @Test(
        "Unix seconds have one to six decimals",
        arguments: [
            (1_315_310_000.12, "1315310000.12"), (1_315_310_000, "1315310000.0"), (0, "0.0"), (0.000001, "0.000001"),
            (1.9999999, "2.0"), (1_700_000_000.123456, "1700000000.123456"), (5.05, "5.05"), (-1.5, "-1.5"),
        ])
    func unixSeconds(_ seconds: Double, _ expected: String) {
        #expect(text { $0.unixSeconds(seconds) } == expected)
    }

    @Test("a writer used again writes the same, and truncating takes back what was begun")
    func reuse() {
        var writer = JSONWriter(capacity: 16)
        writer.string(String(repeating: "x", count: 1_000))
        writer.reset()
        writer.beginArray()
        writer.integer(1)
        let mark = writer.count
        writer.string("taken back")
        writer.truncate(to: mark)
        writer.integer(2)
        writer.endArray()
        #expect(writer.bytes == Array("[1,2]".utf8))
        writer.withBytes { #expect($0.elementsEqual("[1,2]".utf8)) }
        writer.truncate(to: 1)
        writer.integer(3)
        #expect(writer.bytes == Array("[3".utf8))
    }

    @Test("ten thousand random trees survive writing and reading, and the tape agrees with the tree")
    func roundTrip() throws {
        var random = SeededGenerator(seed: 1)
        var tape = JSONTape()
        for _ in 0..<10_000 {
            let value = random.value()
            let bytes = value.encoded()
            try #require(bytes.allSatisfy { $0 >= 0x20 && $0 < 0x80 })
            try #require(try JSONValue(parsing: bytes) == value)
            try tape.parse(bytes)
            bytes.withUnsafeBufferPointer { buffer in tape.withView(of: buffer) { agree($0, value) } }
            #expect(value.description == String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Checks each reader of the view against the tree.
    private func agree(_ view: JSONView, _ value: JSONValue) {
        switch value {
        case .null: #expect(view.isNull)
        case .bool(let flag): #expect(view.bool == flag)
        case .integer(let number): #expect(view.integer == number && view.idText == String(number))
        case .double(let number): #expect(view.double == number && view.integer == nil)
        case .numeral(let digits): #expect(view.idText == digits && view.integer == nil)
        case .string(let text): #expect(view.string == text && view.idText == text)
        case .array(let elements):
            #expect(view.count == elements.count)
            for (element, expected) in zip(view.elements, elements) { agree(element, expected) }
        case .object(let object):
            #expect(view.count == object.count)
            for ((key, member), expected) in zip(view.members, object) {
                #expect(key.string == expected.key && view.member(expected.key)?.node == member.node)
                agree(member, expected.value)
            }
        }
    }
}
