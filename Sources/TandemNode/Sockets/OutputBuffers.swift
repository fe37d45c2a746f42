import NIOCore

/// Buffers for what sockets write in one turn of the loop, lent and taken back: in the steady state nothing is allocated,
/// and an idle connection holds none.
struct OutputBuffers {
    private var spare: [ByteBuffer] = []
    private static let most = 256
    /// A buffer that one long answer has made large is not kept for short ones.
    private static let largest = 16 << 10

    /// An empty buffer.
    mutating func take() -> ByteBuffer {
        guard var buffer = spare.popLast() else { return ByteBufferAllocator().buffer(capacity: 1_024) }
        // A buffer that the socket still holds is not touched: clearing gives this one a storage of its own.
        buffer.clear()
        return buffer
    }

    /// Takes a buffer back, once it was handed to the socket.
    mutating func giveBack(_ buffer: ByteBuffer) {
        if spare.count < Self.most, buffer.capacity <= Self.largest { spare.append(buffer) }
    }
}
