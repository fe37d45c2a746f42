import Dispatch
import NIOConcurrencyHelpers
import TandemCore

/// Writes to a file or to standard output on a thread of its own, so that a slow reader never holds up what passes
/// through. What waits is bounded: `append` tells when the source has to pause.
final class OutputWriter: Sendable {
    /// Bytes that may wait before the source has to pause.
    static let limit = Limits.shownPending

    private struct State {
        var pending: [UInt8] = []
        /// An emptied buffer, for its memory.
        var spare: [UInt8] = []
        var isWriting = false
        var isFull = false
        var failure: Int32 = 0
        var onRoom: (@Sendable () -> Void)?
    }

    private let descriptor: Int32
    private let queue: DispatchQueue
    private let state = NIOLockedValueBox(State())

    /// Writes to a descriptor that stays open.
    init(descriptor: Int32) {
        self.descriptor = descriptor
        queue = DispatchQueue(label: "output \(descriptor)")
    }

    /// Called on the writer's thread when there is room again after `append` has told to pause.
    func onRoom(_ body: @escaping @Sendable () -> Void) { state.withLockedValue { $0.onRoom = body } }

    /// The error number of the first failed write; 0 when all went well.
    var failure: Int32 { state.withLockedValue { $0.failure } }

    /// Whether the source has to pause.
    var isFull: Bool { state.withLockedValue { $0.isFull } }

    /// Takes the bytes and leaves an empty buffer.
    func append(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let starts = state.withLockedValue { state in
            if state.failure != 0 {
                bytes.removeAll(keepingCapacity: true)
                return false
            }
            if state.pending.isEmpty {
                swap(&state.pending, &bytes)
                // The memory that comes back is the spare one or the last pending one, both empty.
                if bytes.capacity == 0 { swap(&state.spare, &bytes) }
            } else {
                state.pending.append(contentsOf: bytes)
                bytes.removeAll(keepingCapacity: true)
            }
            if state.pending.count > Self.limit { state.isFull = true }
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if starts { queue.async { self.drain() } }
    }

    private func drain() {
        while true {
            var batch: [UInt8] = []
            let room = state.withLockedValue { state -> (@Sendable () -> Void)? in
                swap(&batch, &state.pending)
                if batch.isEmpty { state.isWriting = false }
                defer { state.isFull = false }
                return state.isFull ? state.onRoom : nil
            }
            room?()
            if batch.isEmpty { return }
            let code = System.write(batch, to: descriptor)
            batch.removeAll(keepingCapacity: true)
            state.withLockedValue { state in
                if code != 0 {
                    state.failure = code
                    state.pending = []
                } else if batch.capacity <= 8 << 20, state.spare.capacity == 0 {
                    swap(&state.spare, &batch)
                }
            }
        }
    }

    /// Waits until everything has been written.
    func finish() { queue.sync {} }
}
