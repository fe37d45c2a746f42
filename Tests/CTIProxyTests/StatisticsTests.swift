@testable import CTIProxy
import TandemCore
import Testing

@Suite("The reports of ctistat")
struct StatisticsTests {
    @Test("Messages by class, the largest count first, equal ones by name")
    func messages() throws {
        var golden = try Golden(.stat, [])
        golden.client("{\"class\":\"login_id\"}\n" + String(repeating: "{\"class\":\"getlist\"}\n", count: 3))
        golden.server("{\"class\":\"login_id\"}\n" + String(repeating: "{\"class\":\"getlist\"}\n", count: 4))
        golden.client("{\"class\":\"unfinished\"}")
        golden.end()
        #expect(
            golden.text == """
                === Messages sent by client
                getlist 3
                login_id 1
                === Messages sent by server
                getlist 4
                login_id 1

                """)
    }

    @Test("No class counts as None, numbers as such, unreadable lines not at all; odd messages stop nothing")
    func oddClasses() throws {
        var golden = try Golden(.stat, ["-m"])
        golden.client("{}\n{\"class\":null}\n{\"class\":\"\"}\n{\"class\":5}\n{\"class\":5}\nhello\n\n{\"class\"\n")
        golden.client(
            "[1]\n{\"class\":true}\n{\"class\":[1]}\n{\"class\":\"é\"}\n{\"class\":\"b\"}\n{\"class\":\"a\"}\n")
        golden.end()
        #expect(
            golden.text
                == "=== Messages sent by client\nNone 3\n5 2\n 1\n[1] 1\na 1\nb 1\ntrue 1\né 1\n"
                + "=== Messages sent by server\n")
    }

    @Test("An empty session has an empty report")
    func empty() throws {
        var golden = try Golden(.stat, [])
        golden.end()
        #expect(golden.text == "=== Messages sent by client\n=== Messages sent by server\n")
    }

    @Test("Sixteen lines on the network")
    func network() throws {
        var golden = try Golden(.stat, ["--network"])
        for count in [1_069 - 8] + Array(repeating: 1, count: 8) { golden.client(String(repeating: "x", count: count)) }
        for count in [1_943 - 8] + Array(repeating: 1, count: 8) { golden.server(String(repeating: "x", count: count)) }
        golden.pass(.nanoseconds(513_502_836))
        golden.end()
        #expect(
            golden.text == """
                Running time:\t\t0.513502836
                Client app bytes:\t1069
                Server app bytes:\t1943
                Total app bytes:\t3012
                Avg app bytes/s:\t5865.59564785
                ===========
                Client IP packets:\t9
                Server IP packets:\t9
                Total IP packets:\t18
                Average IP packets/s:\t35.0533604453
                ===========
                Client wire bytes:\t1519
                Server wire bytes:\t2393
                Total wire bytes:\t3912
                Total headers overhead:\t0.298804780876
                Average wire bytes/s:\t7618.26367012

                """)
    }

    @Test("Without a session all values are zero; a read counts as packets of at most 4096 bytes")
    func packets() throws {
        let options = try Golden(.stat, ["-n"]).options
        var output = ProxyOutput()
        ProxySession(options).ended(
            at: Stamp(instant: Instant(nanoseconds: 9), unixMicroseconds: 0), into: &output)
        let lines = String(decoding: output.main, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 16)
        #expect(lines[0] == "Running time:\t\t0.0")
        #expect(lines[4] == "Avg app bytes/s:\t0.0")
        #expect(lines[14] == "Total headers overhead:\t0.0")
        var golden = try Golden(.stat, ["-n"])
        golden.client(String(repeating: "x", count: 9_014))
        golden.pass(.seconds(2))
        golden.end()
        #expect(golden.text.contains("Client IP packets:\t3\n"))
        #expect(golden.text.contains("Running time:\t\t2.0\n"))
        #expect(golden.text.contains("Average IP packets/s:\t1.5\n"))
    }

    @Test(
        "Twelve significant digits",
        arguments: [
            (0.0, "0.0"), (1, "1.0"), (1.0 / 3, "0.333333333333"), (2.0 / 3, "0.666666666667"),
            (1e11, "100000000000.0"),
            (123456789012.7, "123456789013.0"), (1e12, "1e+12"), (1234567890123.0, "1.23456789012e+12"),
            (0.0001, "0.0001"), (0.00001234, "1.234e-05"), (999999999999.9, "1e+12"), (1234.567890125, "1234.56789013"),
            (0.5, "0.5"), (5865.5987543456, "5865.59875435"),
        ] as [(Double, String)])
    func digits(_ number: Double, _ text: String) {
        var output: [UInt8] = []
        NumberText.writeTwelveDigits(number, into: &output)
        #expect(String(decoding: output, as: UTF8.self) == text)
    }

    @Test("Latencies run from commandid to replyid, per class of the question")
    func latency() throws {
        var golden = try Golden(.stat, ["--latency"])
        for number in 1...100 {
            golden.client("{\"class\":\"getlist\",\"commandid\":\(number)}\n")
            golden.pass(.milliseconds(number == 100 ? 50 : 1))
            golden.server("{\"class\":\"getlist\",\"replyid\":\(number)}\n")
            golden.server("{\"class\":\"getlist\",\"replyid\":\(number)}\n")
        }
        golden.client("{\"class\":\"keepalive\",\"commandid\":\"k\"}\n")
        golden.pass(.microseconds(1_234))
        golden.server(
            "{\"class\":\"other\",\"replyid\":\"k\"}\n{\"class\":\"push\",\"replyid\":999}\n{\"class\":\"push\"}\n")
        golden.client("{\"class\":\"never\",\"commandid\":7000}\n")
        golden.end()
        #expect(golden.text.hasPrefix("=== Messages sent by client\ngetlist 100\n"))
        let report = golden.text.split(separator: "=== Latency of answers in ms\n")
        #expect(
            report.last == "getlist 100 p50 1.003 p99 1.003 max 50.000\nkeepalive 1 p50 1.234 p99 1.234 max 1.234\n")
    }

    @Test("Questions that are never answered take no memory without end")
    func unanswered() {
        var statistics = LatencyStatistics()
        var tape = JSONTape()
        for number in 0..<(LatencyStatistics.openLimit + 10) {
            for (key, side) in [("commandid", Side.client), ("replyid", .server)] where side == .client || number < 5 {
                let line = Array("{\"class\":\"c\",\"\(key)\":\(number < 5 ? 0 : number)}".utf8)
                line.withUnsafeBufferPointer { bytes in
                    _ = try? tape.withParsed(bytes) {
                        statistics.note($0, from: side, at: Instant(nanoseconds: Int64(number)))
                    }
                }
            }
        }
        #expect(statistics.openCount <= LatencyStatistics.openLimit)
    }

    @Test("The report as one JSON object")
    func json() throws {
        var golden = try Golden(.stat, ["--json", "--latency"])
        golden.client("{\"class\":\"a\",\"commandid\":1}\n")
        golden.pass(.milliseconds(3))
        golden.server("{\"class\":\"a\",\"replyid\":1}\n")
        golden.end()
        #expect(
            golden.text
                == "{\"connection\": 1, \"latency\": {\"a\": {\"count\": 1, \"p50\": 3.000, \"p99\": 3.000, \"max\": 3.000}}, "
                + "\"messages\": {\"client\": {\"a\": 1}, \"server\": {\"a\": 1}}}\n")
        #expect(throws: Never.self) { try JSONValue(parsing: golden.text) }
    }
}
