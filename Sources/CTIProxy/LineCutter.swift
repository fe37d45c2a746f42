import CTIProtocol
import TandemCore

/// Cuts one direction into lines at line feeds, exactly as they came, with the frame code of the node.
///
/// A line beyond the limit is not shown: its bytes are dropped up to the next line feed, so that memory stays bounded.
struct LineCutter {
    /// The longest line that is kept, in bytes.
    static let limit = Limits.shownLine

    private var framer = LineFramer(limit: Self.limit, isExact: true)
    private var isSkipping = false
    /// How many lines were too long.
    private(set) var dropped = 0

    /// Lends each line that a chunk completes.
    mutating func cut(_ chunk: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        var position = 0
        while position < chunk.count {
            if isSkipping {
                guard let end = LineScanner.newline(in: chunk, from: position) else { return }
                position = end + 1
                isSkipping = false
                continue
            }
            guard case .tooLong = framer.next(in: chunk, at: &position, body) else { continue }
            dropped += 1
            framer = LineFramer(limit: Self.limit, isExact: true)
            isSkipping = chunk[position - 1] != 0x0A
        }
    }
}
