import NIOCore

/// How much may wait for the other side of a socket. The socket is asked now and then only: a question per line would cost
/// more than the line.
struct OutputBound {
    /// Bytes that may wait.
    let limit: Int
    private var sinceLook = 0

    init(limit: Int) { self.limit = limit }

    /// Counts bytes that are about to be written; `held` of earlier ones have not been handed to the socket yet. False:
    /// too much waits.
    mutating func takes(_ bytes: Int, held: Int, in channel: any Channel) -> Bool {
        sinceLook += bytes
        guard sinceLook >= limit / 4 else { return true }
        sinceLook = 0
        let waiting = try? channel.syncOptions?.getOption(.bufferedWritableBytes)
        return (waiting ?? 0) + held + bytes <= limit
    }
}
