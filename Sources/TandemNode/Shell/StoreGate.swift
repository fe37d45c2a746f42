import Federation
import NIOCore
import NodeCore
import Store
import TandemCore

/// The order between the store and the core: what the core wants kept is gathered over a turn and written as one batch, and
/// what must wait until it is durable is told to the core then, in order. Without a store nothing has to be waited for.
final class StoreGate {
    /// What the core hears once everything before it is durable.
    enum Step: Sendable {
        /// A line of the ledger.
        case ledger(IdempotencyKey)
        /// A barrier of the core's.
        case barrier(UInt64)
    }

    /// The store; nil: the node keeps nothing.
    let store: Store?
    private let loop: any EventLoop
    private let durable: ([Step]) -> Void
    private var operations: [StoreOperation] = []
    private var steps: [Step] = []

    init(store: Store?, loop: any EventLoop, durable: @escaping ([Step]) -> Void) {
        self.store = store
        self.loop = loop
        self.durable = durable
    }

    /// Whether something waits for `commit`.
    var hasWork: Bool { !operations.isEmpty || !steps.isEmpty }

    /// Why the store cannot be written at present, for a person; nil: it can, or there is none. An error of the writer, or
    /// no word from it although somebody waits: a slow disk, or another program that holds the file.
    var problem: String? {
        guard let store else { return nil }
        let health = store.health
        if let error = health.error { return error.description }
        guard health.waitingSeconds > Limits.storeTime.inSeconds else { return nil }
        return
            "the store \(store.path) has not been written for more than \(Bound.Value.time(Limits.storeTime).text): its disk is slow, or another program holds it"
    }

    func keep(_ operation: NodeStoreOperation) {
        if let stored = StoreOperation(operation) { operations.append(stored) }
    }

    func keep(_ entry: LedgerEntry, tells: Bool) {
        operations.append(.ledger(entry))
        if tells { steps.append(.ledger(entry.key)) }
    }

    func barrier(_ number: UInt64) { steps.append(.barrier(number)) }

    /// Writes what was gathered.
    func commit() {
        let batch = StoreBatch(operations)
        let following = steps
        operations = []
        steps = []
        guard let store else { return durable(following) }
        guard !following.isEmpty else { return store.enqueue(batch) }
        let bound = NIOLoopBound(self, eventLoop: loop)
        store.enqueue(batch) { [loop] in
            loop.execute { bound.value.durable(following) }
        }
    }
}
