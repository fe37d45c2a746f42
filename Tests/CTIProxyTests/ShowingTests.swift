@testable import CTIProxy
import TandemCore
import Testing

@Suite("What ctispy and ctisave show")
struct ShowingTests {
    @Test("Stripped fields are those of the top level, in their case, and a missing one is no error")
    func strip() throws {
        let line = "{\"a\":1,\"A\":2,\"b\":{\"a\":3},\"\\u0063\":4,\"é\":5}"
        #expect(try Golden.spied(line, "-s", "a", "--strip", "x", "-sc", "-s", "é") == "{\"A\": 2, \"b\": {\"a\": 3}}")
        #expect(try Golden.spied("{\"a\":1}", "-s", "a") == "{}")
        #expect(try Golden.spied("{\"a\":1}", "-s", "a", "--pretty-print") == "{}")
        #expect(try Golden.spied("[{\"a\":1}]", "-s", "a") == "[{\"a\": 1}]")
        #expect(try Golden.spied("\"x\"", "-s", "a") == "\"x\"")
    }

    @Test("Filters compare whole strings of the top level, before fields are stripped")
    func filters() throws {
        func shown(_ line: String, _ arguments: String...) throws -> Bool {
            var golden = try Golden(.spy, arguments)
            golden.client(line + "\n")
            return !golden.text.isEmpty
        }
        #expect(try shown("{\"class\":\"getlist\"}", "-i", "class=getlist"))
        #expect(try !shown("{\"class\":\"getlists\"}", "-i", "class=getlist"))
        #expect(try !shown("{\"class\":\"Getlist\"}", "-i", "class=getlist"))
        #expect(try !shown("{\"x\":{\"class\":\"getlist\"}}", "-i", "class=getlist"))
        #expect(try shown("{\"cl\\u0061ss\":\"get\\u006cist\"}", "-i", "class=getlist"))
        #expect(try !shown("{\"n\":1}", "-i", "n=1"))
        #expect(try shown("{\"n\":1}", "-e", "n=1"))
        #expect(try !shown("{\"n\":\"1\"}", "-e", "n=1"))
        #expect(try !shown("{\"n\":null}", "-i", "n=null"))
        #expect(try !shown("{\"n\":true}", "-i", "n=true"))
        #expect(try shown("{\"eq\":\"a=b\"}", "-i", "eq=a=b"))
        #expect(try shown("{\"class\":\"\"}", "-i", "class="))
        #expect(try !shown("{}", "-i", "class="))
        #expect(try shown("{}", "-e", "class="))
        #expect(try shown("{\"k\":\"é\"}", "-i", "k=é"))
        #expect(try shown("{\"é\":\"\\ud83d\\ude00\"}", "-i", "é=😀"))
        #expect(try !shown("{\"a\":\"1\",\"b\":\"2\"}", "-i", "a=1", "-e", "b=2"))
        #expect(try shown("{\"a\":\"1\",\"b\":\"3\"}", "-i", "a=1", "-e", "b=2"))
        #expect(try !shown("{\"a\":\"1\"}", "-i", "a=1", "-i", "a=2"))
        #expect(try !shown("{\"a\":\"1\",\"a\":\"2\"}", "-i", "a=1"))
        for line in ["hello", "", "{\"a\":"] {
            #expect(try !shown(line, "-i", "a=1"))
            #expect(try !shown(line, "-e", "a=1"))
        }
        for line in ["[1]", "\"x\"", "1"] {
            #expect(try !shown(line, "-i", "a=1"))
            #expect(try shown(line, "-e", "a=1"))
        }
        #expect(
            try Golden.spied("{\"class\":\"getlist\",\"a\":1}", "-i", "class=getlist", "-s", "class") == "{\"a\": 1}")
    }

    @Test("One direction can be hidden")
    func hiding() throws {
        for (argument, expected) in [("--no-client", Golden.serverHeader), ("--no-server", Golden.clientHeader)] {
            for raw in [[], ["--raw"]] {
                var golden = try Golden(.spy, [argument] + raw)
                golden.client("1\n")
                golden.server("1\n")
                #expect(golden.text == expected + (raw.isEmpty ? "1\n" : "1\n\n"))
            }
        }
    }

    @Test("Raw: what was read in portions of 4096 bytes, each with a header and a line feed")
    func raw() throws {
        var golden = try Golden(.spy, ["--raw", "-s", "a", "-i", "x=y", "--pretty-print"])
        golden.client("{\"a\":1}\n")
        #expect(golden.text == Golden.clientHeader + "{\"a\":1}\n\n")
        golden = try Golden(.spy, ["--raw"])
        golden.client(String(repeating: "x", count: 9_014))
        #expect(
            golden.text
                == [4_096, 4_096, 822].map { Golden.clientHeader + String(repeating: "x", count: $0) + "\n" }
                .joined())
        golden = try Golden(.spy, ["--raw"])
        golden.receive([0xFF, 0x00], from: .server)
        #expect(golden.output.main == Array(Golden.serverHeader.utf8) + [0xFF, 0x00, 10])
    }

    @Test("ctisave writes indented messages, a file for each side, without headers")
    func save() throws {
        var golden = try Golden(.save, [])
        golden.client(
            "{\"commandid\":1,\"class\":\"getipbxlist\"}\n{\"commandid\":5,\"class\":\"keepalive\"}\nhello\n\n")
        golden.server("[1]\n{'a'}\n{}\n")
        #expect(
            golden.text
                == "{\n    \"class\": \"getipbxlist\", \n    \"commandid\": 1\n}\n"
                + "{\n    \"class\": \"keepalive\", \n    \"commandid\": 5\n}\nhello\n\n")
        #expect(golden.second == "[\n    1\n]\n{'a'}\n{}\n")
        golden = try Golden(.save, ["-s", "a", "-i", "k=v"])
        golden.client("{\"a\":1,\"k\":\"v\"}\n{\"a\":1}\nhello\n")
        #expect(golden.text == "{\n    \"k\": \"v\"\n}\n")
    }

    @Test("JSON lines carry connection, direction and time, and mask secrets unless told otherwise")
    func json() throws {
        let login = "{\"class\":\"login_pass\",\"hashedpassword\":\"abc\",\"deep\":[{\"Password\":{\"x\":1}}]}\n"
        var golden = try Golden(.spy, ["--json"])
        golden.client(login)
        golden.server("hello \"é\"\n")
        golden.receive([0xFF, 0xFE, 0x0A], from: .server)
        #expect(
            golden.text == """
                {"connection": 1, "direction": "client", "message": {"class": "login_pass", "deep": [{"Password": "***"}], \
                "hashedpassword": "***"}, "time": 1330952639.012345}
                {"connection": 1, "direction": "server", "text": "hello \\"\\u00e9\\"", "time": 1330952639.012345}
                {"connection": 1, "direction": "server", "base64": "//4=", "time": 1330952639.012345}

                """)
        golden = try Golden(.spy, ["--json", "--show-secrets"])
        golden.client(login)
        #expect(golden.text.contains("\"hashedpassword\": \"abc\""))
        golden = try Golden(.spy, ["--json"])
        golden.client("{\"password\": \"x\n")
        #expect(golden.text.contains("\"text\": \"***\""))
    }

    @Test("Secrets are masked in the classic output when asked for")
    func masks() throws {
        let line = "{\"hashedpassword\":\"abc\",\"p\\u0061ssword\":1,\"user\":\"u\"}"
        #expect(
            try Golden.spied(line, "--mask-secrets")
                == "{\"hashedpassword\": \"***\", \"password\": \"***\", \"user\": \"u\"}")
        #expect(try Golden.spied(line).contains("abc"))
        #expect(try Golden.spied("password=x", "--mask-secrets") == "***")
        #expect(try Golden.spied("harmless", "--mask-secrets") == "harmless")
    }

    @Test("A line without end is dropped beyond 64 MiB, and what follows it is shown again")
    func endless() throws {
        var cutter = LineCutter()
        let block = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        var lines: [Int] = []
        for _ in 0..<65 { block.withUnsafeBufferPointer { bytes in cutter.cut(bytes) { lines.append($0.count) } } }
        #expect(cutter.dropped == 1)
        Array("tail\nnext\n".utf8).withUnsafeBufferPointer { bytes in cutter.cut(bytes) { lines.append($0.count) } }
        #expect(lines == [4])
    }
}
