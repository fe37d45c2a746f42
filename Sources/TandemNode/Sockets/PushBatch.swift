import NIOCore

/// What every subscribed client is to get, gathered for a few milliseconds: each client then gets all of it in one
/// write of the same shared buffer.
///
/// A client that is answered directly in between first gets its share of the batch, so that what it reads is never
/// older than what it has been told before; its place in the batch is remembered.
struct PushBatch {
    /// The gathered lines.
    private(set) var buffer = ByteBuffer()
    /// Number of the batch: a client's place is valid only within the batch it was noted in.
    private(set) var number: UInt64 = 0

    /// Whether nothing waits.
    var isEmpty: Bool { buffer.readableBytes == 0 }
    /// How many bytes wait.
    var count: Int { buffer.readableBytes }

    /// Adds lines.
    mutating func append(_ bytes: [UInt8]) { buffer.writeBytes(bytes) }

    /// What a client has not had yet, and its new place.
    func rest(from place: Place) -> (bytes: ByteBuffer?, place: Place) {
        let start = place.batch == number ? place.offset : 0
        let end = Place(batch: number, offset: buffer.readableBytes)
        guard start < buffer.readableBytes else { return (nil, end) }
        return (buffer.getSlice(at: buffer.readerIndex + start, length: buffer.readableBytes - start), end)
    }

    /// Forgets the lines: everyone has them. The next batch gets a buffer of its own, since this one is still shared
    /// with the sockets.
    mutating func startNext() {
        let capacity = min(buffer.capacity, 64 * 1024)
        buffer = ByteBufferAllocator().buffer(capacity: capacity)
        number += 1
    }

    /// How far into a batch a client is.
    struct Place {
        var batch: UInt64 = 0
        var offset = 0
    }
}
