@testable import CTIProxy
import TandemCore
import Testing

@Suite("How ctispy writes messages")
struct FormattingTests {
    @Test("A header with the local time, then the message with sorted keys, without a blank line between messages")
    func header() throws {
        var golden = try Golden(.spy, [])
        golden.client("{\"commandid\":1,\"class\":\"getipbxlist\"}\n")
        golden.server("{\"class\":\"getipbxlist\",\"replyid\":1,\"ipbxlist\":[\"xivo\"],\"timenow\":1330972802.6}\n")
        #expect(
            golden.text == """
                    14:03:59.012345 Client > Server
                {"class": "getipbxlist", "commandid": 1}
                    14:03:59.012345 Server > Client
                {"class": "getipbxlist", "ipbxlist": ["xivo"], "replyid": 1, "timenow": 1330972802.6}

                """)
    }

    @Test("Several messages in a packet are separate messages, and one over several packets is one")
    func cutting() throws {
        var golden = try Golden(.spy, [])
        golden.client("{\"a\":1}\n{\"b\"")
        #expect(golden.text == Golden.clientHeader + "{\"a\": 1}\n")
        golden.client(":2}")
        #expect(golden.text == Golden.clientHeader + "{\"a\": 1}\n")
        golden.server("[]\n")
        golden.client("\n")
        #expect(
            golden.text == Golden.clientHeader + "{\"a\": 1}\n" + Golden.serverHeader + "[]\n" + Golden.clientHeader
                + "{\"b\": 2}\n")
    }

    @Test("A character spread over packets stays whole")
    func splitCharacter() throws {
        var golden = try Golden(.spy, [])
        for byte in Array("{\"a\":\"é😀\"}\n".utf8) { golden.receive([byte], from: .client) }
        #expect(golden.text == Golden.clientHeader + "{\"a\": \"\\u00e9\\ud83d\\ude00\"}\n")
    }

    @Test("What follows the last line feed is never shown")
    func unfinished() throws {
        var golden = try Golden(.spy, [])
        golden.client("{\"a\":1}\n{\"b\":2}")
        golden.end()
        #expect(golden.text == Golden.clientHeader + "{\"a\": 1}\n")
    }

    @Test("Any JSON value is a message", arguments: ["42", "\"text\"", "null", "[]", "{}", "true", "[1, 2]"])
    func values(_ line: String) throws {
        #expect(try Golden.spied(line) == line)
        #expect(try Golden.spied("  \(line)\t \r") == line)
    }

    @Test(
        "Lines that are no JSON are shown as they came",
        arguments: [
            "", "   ", "\t", "\r", "hello", "{'a': 1}", "{\"a\": 1,}", "[1,]", "{\"a\":1} x", "1 2", "\"a\tb\"",
            "{\"a\":", "[", "01", "1.", ".5", "+1", "-", "nan", "Inf", "-NaN", "infinity", "\u{FEFF}{}", "\"\\x\"",
            "NaNa", "Infinit", "{\"a\":1}\r\r x",
        ])
    func unreadable(_ line: String) throws {
        #expect(try Golden.spied(line) == line)
        #expect(try Golden.spied(line, "--pretty-print") == line)
        #expect(try Golden.spied(line, "--strip", "a") == line)
    }

    @Test("Bytes that are no UTF-8 are shown unchanged")
    func invalidUTF8() throws {
        var golden = try Golden(.spy, [])
        let line: [UInt8] = [0x7B, 0x22, 0xFF, 0xC3, 0x22, 0x3A, 0x31, 0x7D]
        golden.receive(line + [10], from: .server)
        #expect(golden.output.main == Array(Golden.serverHeader.utf8) + line + [10])
    }

    @Test("Keys are sorted by code point at every level, the last of a repeated key wins")
    func keys() throws {
        #expect(
            try Golden.spied(
                "{\"é\":1,\"ab\":2,\"a-b\":3,\"a b\":4,\"a\":5,\"_\":6,\"A\":7,\"9\":8,\"10\":9,\"\":10,\"😀\":11,\"\u{FF5E}\":12}"
            )
                == "{\"\": 10, \"10\": 9, \"9\": 8, \"A\": 7, \"_\": 6, \"a\": 5, \"a b\": 4, \"a-b\": 3, \"ab\": 2, "
                + "\"\\u00e9\": 1, \"\\uff5e\": 12, \"\\ud83d\\ude00\": 11}")
        #expect(
            try Golden.spied("{\"b\":{\"d\":1,\"c\":[{\"z\":1,\"y\":2}]},\"a\":0}")
                == "{\"a\": 0, \"b\": {\"c\": [{\"y\": 2, \"z\": 1}], \"d\": 1}}")
        #expect(try Golden.spied("{\"a\":1,\"b\":2,\"\\u0061\":3}") == "{\"a\": 3, \"b\": 2}")
        #expect(
            try Golden.spied("{\"abcdefghij\":1,\"abcdefghi\":2,\"abcdefgh\":3,\"abcdefgh\\u0000\":4}")
                == "{\"abcdefgh\": 3, \"abcdefgh\\u0000\": 4, \"abcdefghi\": 2, \"abcdefghij\": 1}")
    }

    @Test("Many members are sorted as few are, repeated keys included")
    func manyKeys() throws {
        var members: [String] = []
        for number in (100..<160).reversed() { members.append("\"k\(number)\":\(number)") }
        members.append("\"k130\":\"last\"")
        let expected = (100..<160).map { "\"k\($0)\": " + ($0 == 130 ? "\"last\"" : "\($0)") }
        #expect(
            try Golden.spied("{" + members.joined(separator: ",") + "}") == "{" + expected.joined(separator: ", ") + "}"
        )
    }

    @Test("Strings are pure ASCII")
    func strings() throws {
        #expect(
            try Golden.spied("\"\\/ / \\\" \\\\ \\n\\r\\t\\b\\f \\u001f \\u007F \u{7F} \\u0041 é \\u00E9\"")
                == "\"/ / \\\" \\\\ \\n\\r\\t\\b\\f \\u001f \\u007f \\u007f A \\u00e9 \\u00e9\"")
        #expect(
            try Golden.spied("\"\\ud83d\\ude00 \\ud83d x \\ude00 😀 \u{FFFD}\"")
                == "\"\\ud83d\\ude00 \\ud83d x \\ude00 \\ud83d\\ude00 \\ufffd\"")
        // Every position within the scanner's words.
        for length in 0..<20 {
            let plain = String(repeating: "x", count: length)
            #expect(try Golden.spied("\"\(plain)\u{7F}\(plain)\"") == "\"\(plain)\\u007f\(plain)\"")
            #expect(try Golden.spied("\"\(plain)é\(plain)\"") == "\"\(plain)\\u00e9\(plain)\"")
            #expect(try Golden.spied("\"\(plain)\\n\(plain)\"") == "\"\(plain)\\n\(plain)\"")
        }
    }

    @Test(
        "Numbers keep their digits or become shortest doubles",
        arguments: [
            ("0", "0"), ("-0", "0"), ("7", "7"), ("-12", "-12"),
            ("123456789012345678901234567890", "123456789012345678901234567890"), ("1.0", "1.0"), ("-0.0", "-0.0"),
            ("0.1", "0.1"), ("0.10", "0.1"), ("1.50", "1.5"), ("1e5", "100000.0"), ("1E5", "100000.0"),
            ("1e16", "1e+16"), ("1e15", "1000000000000000.0"), ("12345678901234567.0", "1.2345678901234568e+16"),
            ("9007199254740993.0", "9007199254740992.0"), ("1e-7", "1e-07"), ("0.0001", "0.0001"),
            ("0.00001", "1e-05"), ("0.000123", "0.000123"), ("1330972802.53", "1330972802.53"),
            ("1315310000.123456", "1315310000.123456"), ("1e400", "Infinity"), ("-1e400", "-Infinity"),
            ("1e-400", "0.0"), ("-0e0", "-0.0"), ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("5e-324", "5e-324"), ("1e22", "1e+22"), ("1.5e300", "1.5e+300"), ("2.5E+3", "2500.0"), ("NaN", "NaN"),
            ("Infinity", "Infinity"), ("-Infinity", "-Infinity"), ("0.30000000000000004", "0.30000000000000004"),
            ("0.5", "0.5"), ("00.5", "00.5"), ("100.0", "100.0"), ("1e0", "1.0"),
            ("123456789.123456789", "123456789.12345679"),
        ])
    func numbers(_ given: String, _ shown: String) throws {
        #expect(try Golden.spied(given) == shown)
        #expect(
            try Golden.spied("{\"a\":\(given == "00.5" ? "0.5" : given)}")
                == "{\"a\": \(given == "00.5" ? "0.5" : shown)}")
    }

    @Test("Indented: four spaces per level, a space after each comma at the line's end, empty containers stay whole")
    func indented() throws {
        #expect(
            try Golden.spied("{\"b\":[1,{\"c\":2,\"d\":[]}],\"a\":{},\"e\":[[]]}", "--pretty-print")
                == "{\n    \"a\": {}, \n    \"b\": [\n        1, \n        {\n            \"c\": 2, \n"
                + "            \"d\": []\n        }\n    ], \n    \"e\": [\n        []\n    ]\n}")
        #expect(try Golden.spied("42", "--pretty") == "42")
    }

    @Test("JSON nested hundreds of levels deep is written, thousands deep it is shown as it came")
    func nesting() throws {
        let deep = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
        #expect(try Golden.spied(" " + deep) == deep)
        let deeper = " " + String(repeating: "{\"a\":", count: 5_000) + "1" + String(repeating: "}", count: 5_000)
        #expect(try Golden.spied(deeper) == deeper)
        #expect(try Golden.spied(String(repeating: "[", count: 100_000)).count == 100_000)
    }
}
