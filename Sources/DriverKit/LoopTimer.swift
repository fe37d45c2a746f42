import NIOCore
import TandemCore

/// One timer on a loop for the earliest of many deadlines. It may ring too early, which costs one look, never too late.
/// Confined to its loop.
public final class LoopTimer {
    private let loop: any EventLoop
    private var scheduled: Scheduled<Void>?
    private var due: Instant?

    /// A timer that is not set.
    public init(on loop: any EventLoop) { self.loop = loop }

    /// The loop's monotonic clock.
    public var now: Instant { Instant(nanoseconds: Int64(loop.now.uptimeNanoseconds)) }

    /// Sees to it that `ring` is called when a deadline comes; an earlier call that is still set will do as well.
    public func set(_ deadline: Instant?, shortest: Duration = .zero, _ ring: @escaping () -> Void) {
        guard let deadline else { return }
        if let due, due <= deadline { return }
        scheduled?.cancel()
        due = deadline
        let wait = max(shortest, deadline - now)
        scheduled = loop.assumeIsolated().scheduleTask(in: .nanoseconds(wait.inNanoseconds)) { [weak self] in
            guard let self else { return }
            scheduled = nil
            due = nil
            ring()
        }
    }

    /// Takes the call back.
    public func cancel() {
        scheduled?.cancel()
        scheduled = nil
        due = nil
    }
}
