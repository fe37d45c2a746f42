import CTIProtocol
import NIOCore
import NIOTestUtils
import Testing

/// The shape in which a NIO pipeline uses `LineScanner`: the decoder owns the buffer, the scanner remembers the place.
private struct LineDecoder: ByteToMessageDecoder {
    typealias InboundOut = String
    var scanner: LineScanner

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        let result = buffer.withUnsafeReadableBytes { scanner.next($0.bindMemory(to: UInt8.self)) }
        switch result {
        case .line(let skip, let length, let consumed):
            let start = buffer.readerIndex + skip
            context.fireChannelRead(wrapInboundOut(buffer.getString(at: start, length: length) ?? ""))
            buffer.moveReaderIndex(forwardBy: consumed)
            return .continue
        case .incomplete(let consumed):
            buffer.moveReaderIndex(forwardBy: consumed)
            return .needMoreData
        case .tooLong(let limit):
            throw LineTooLong(limit: limit)
        }
    }

    mutating func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) throws -> DecodingState {
        let state = try decode(context: context, buffer: &buffer)
        // An unfinished line at the end of a connection says nothing.
        if state == .needMoreData { buffer.clear() }
        return state
    }
}

@Suite("Line framing in a NIO pipeline")
struct LineDecoderTests {
    @Test("good input decodes to the same lines in every fragmentation")
    func goodInput() throws {
        try ByteToMessageDecoderVerifier.verifyDecoder(
            stringInputOutputPairs: [
                ("{\"class\":\"keepalive\"}\n", ["{\"class\":\"keepalive\"}"]),
                ("{\"a\":1}\r\n", ["{\"a\":1}"]),
                ("\n\r\n\nx\n", ["x"]),
                ("1234567890123456789012345678901234567890\n", ["1234567890123456789012345678901234567890"]),
            ],
            decoderFactory: { LineDecoder(scanner: LineScanner(limit: 40)) })
    }

    @Test("a line that is too long is refused, complete or not, in every fragmentation")
    func badInput() throws {
        for input in ["12345\n", "12345", "123456789012345678901234567890", "1234x\r\n", "12345\r"] {
            for size in 1...input.utf8.count {
                let channel = DecoderBox(limit: 4)
                var rest = ByteBuffer(string: input)
                var fault: LineTooLong?
                while fault == nil, let piece = rest.readSlice(length: min(size, rest.readableBytes)),
                    piece.readableBytes > 0
                {
                    fault = channel.feed(piece)
                }
                #expect(fault == LineTooLong(limit: 4), "\(input) in pieces of \(size)")
            }
        }
        #expect(throws: (any Error).self) {
            try ByteToMessageDecoderVerifier.verifyDecoder(
                stringInputOutputPairs: [("12345\n", ["12345"])],
                decoderFactory: { LineDecoder(scanner: LineScanner(limit: 4)) })
        }
    }
}

/// Feeds a decoder through NIO's own processor and catches the fault.
private final class DecoderBox {
    private struct Decoder: NIOSingleStepByteToMessageDecoder {
        typealias InboundOut = String
        var scanner: LineScanner

        mutating func decode(buffer: inout ByteBuffer) throws -> String? {
            switch buffer.withUnsafeReadableBytes({ scanner.next($0.bindMemory(to: UInt8.self)) }) {
            case .line(let skip, let length, let consumed):
                let line = buffer.getString(at: buffer.readerIndex + skip, length: length)
                buffer.moveReaderIndex(forwardBy: consumed)
                return line
            case .incomplete(let consumed):
                buffer.moveReaderIndex(forwardBy: consumed)
                return nil
            case .tooLong(let limit):
                throw LineTooLong(limit: limit)
            }
        }

        mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> String? {
            try decode(buffer: &buffer)
        }
    }

    private let processor: NIOSingleStepByteToMessageProcessor<Decoder>

    init(limit: Int) {
        processor = NIOSingleStepByteToMessageProcessor(Decoder(scanner: LineScanner(limit: limit)))
    }

    func feed(_ piece: ByteBuffer) -> LineTooLong? {
        do {
            try processor.process(buffer: piece) { _ in }
            return nil
        } catch {
            return error as? LineTooLong
        }
    }
}
