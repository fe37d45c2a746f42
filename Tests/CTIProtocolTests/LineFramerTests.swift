import Testing

@testable import CTIProtocol

@Suite("Line framing")
struct LineFramerTests {
    /// Feeds chunks and returns the lines, with `nil` for the report of a line that is too long.
    private func lines(_ chunks: [[UInt8]], limit: Int) -> [String?] {
        var framer = LineFramer(limit: limit)
        var found: [String?] = []
        for chunk in chunks {
            do throws(LineTooLong) {
                try framer.append(chunk[...]) { found.append(String(decoding: $0, as: UTF8.self)) }
            } catch {
                #expect(error.limit == limit)
                found.append(nil)
            }
        }
        return found
    }

    private func cut(_ bytes: [UInt8], into sizes: [Int]) -> [[UInt8]] {
        var chunks: [[UInt8]] = []
        var rest = bytes[...]
        for size in sizes {
            chunks.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return chunks + [Array(rest)]
    }

    @Test("lines come out the same however the bytes are cut")
    func everyCut() {
        let bytes = Array("a\r\n\r\n\nbcd\n\n12345678901234567890\nx\r\ry\r\n\r\nlast\npartial".utf8)
        let expected = ["a", "bcd", "12345678901234567890", "x\r\ry", "last"]
        for first in 0...bytes.count {
            for second in 0...(bytes.count - first) {
                #expect(lines(cut(bytes, into: [first, second]), limit: 20) == expected)
            }
        }
        #expect(lines(bytes.map { [$0] }, limit: 20) == expected)
    }

    @Test("a line of exactly the limit passes and one byte more does not, however the bytes are cut")
    func exactLimit() {
        for end in ["\n", "\r\n"] {
            let good = Array(("x\n12345678" + end + "y\n").utf8)
            let bad = Array(("x\n123456789" + end + "y\n").utf8)
            for first in 0...good.count {
                for second in 0...2 {
                    #expect(lines(cut(good, into: [first, second]), limit: 8) == ["x", "12345678", "y"])
                }
            }
            for first in 0...bad.count {
                #expect(lines(cut(bad, into: [first]), limit: 8) == ["x", nil])
            }
            #expect(lines(bad.map { [$0] }, limit: 8) == ["x", nil])
        }
    }

    @Test("a line without end is reported once, keeps no memory, and nothing comes after it")
    func endless() {
        var framer = LineFramer(limit: 100)
        var reports = 0
        for _ in 0..<1_000 {
            do throws(LineTooLong) {
                try framer.append(Array(repeating: 0x61, count: 60)[...]) { _ in Issue.record("a line came out") }
            } catch {
                reports += 1
            }
            #expect(framer.pendingBytes <= 101)
        }
        #expect(throws: Never.self) { try framer.append(Array("\nx\n".utf8)[...]) { _ in Issue.record("a line") } }
        #expect(reports == 1 && framer.hasFailed && framer.pendingBytes == 0)
    }

    @Test("the limit can be changed between two lines of one chunk")
    func changeableLimit() {
        let chunk = Array("login\n12345678901234567890\n".utf8)
        for raised in [false, true] {
            var framer = LineFramer(limit: 10)
            var found: [String] = []
            var steps: [LineFramer.Step] = []
            chunk.withUnsafeBufferPointer { bytes in
                var position = 0
                while steps.last == nil || steps.last == .line {
                    steps.append(
                        framer.next(in: bytes, at: &position) { found.append(String(decoding: $0, as: UTF8.self)) })
                    if raised { framer.limit = 20 }
                }
            }
            #expect(found == (raised ? ["login", "12345678901234567890"] : ["login"]))
            #expect(steps.last == (raised ? .needsMore : .tooLong(LineTooLong(limit: 10))))
        }
    }

    @Test("a line within one chunk is lent in place, a joined one only from the kept tail")
    func noCopy() throws {
        var framer = LineFramer(limit: 100)
        let chunk = Array("abc\ndef\ngh".utf8)
        try chunk.withUnsafeBytes { bytes in
            var places: [Int] = []
            try framer.append(bytes) { line in
                places.append(line.baseAddress.map { UnsafeRawPointer($0) - bytes.baseAddress! } ?? -1)
            }
            #expect(places == [0, 4])
        }
        #expect(framer.pendingBytes == 2)
    }

    @Test("a long line in small chunks is scanned in linear time")
    func linear() throws {
        var framer = LineFramer(limit: 8 << 20)
        let chunk = Array(repeating: UInt8(ascii: "x"), count: 512)
        var sizes: [Int] = []
        for _ in 0..<16_000 { try framer.append(chunk[...]) { sizes.append($0.count) } }
        try framer.append([10]) { sizes.append($0.count) }
        #expect(sizes == [16_000 * 512])
    }

    /// What a text holds, read the plain way: the lines, and `nil` where one is too long.
    private func plainLines(_ text: [UInt8], limit: Int) -> [String?] {
        var parts = text.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        let rest = parts.removeLast()
        var found: [String?] = []
        for part in parts {
            let line = part.last == 0x0D ? part.dropLast() : part[...]
            if line.count > limit { return found + [nil] }
            if !line.isEmpty { found.append(String(decoding: line, as: UTF8.self)) }
        }
        // An unfinished line may still end in the `\r` of its terminator.
        let isTooLong = rest.count > limit + 1 || (rest.count == limit + 1 && rest.last != 0x0D)
        return isTooLong ? found + [nil] : found
    }

    @Test("random text in random pieces gives the lines of a plain reader")
    func randomText() {
        var seed: UInt64 = 42
        func random(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        for _ in 0..<3_000 {
            let text = (0..<random(60)).map { _ in [0x61, 0x62, 0x0A, 0x0D, 0x20, 0xC3][random(6)] as UInt8 }
            let limit = 3 + random(6)
            var chunks: [[UInt8]] = []
            var rest = text[...]
            while !rest.isEmpty {
                let size = min(rest.count, 1 + random(9))
                chunks.append(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            #expect(lines(chunks, limit: limit) == plainLines(text, limit: limit), "\(text), limit \(limit)")
        }
    }
}
