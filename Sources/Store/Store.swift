import Dispatch
import Federation
import Foundation
import GRDB
import TandemCore

/// What a node keeps across restarts: one SQLite file, one writer, many small writes grouped into few commits.
///
/// `enqueue` never waits: it leaves the operations in memory, where a later word about the same thing replaces the
/// earlier one, and a background writer commits them as fast as the disk allows. Who needs to know asks with
/// `whenDurable`. When the disk cannot be written, writes wait and are tried again (their callbacks wait too); what
/// exceeds the memory limit is given up where it can be had again. Every such turn is reported as a `StoreEvent`.
public final class Store: Sendable {
    /// The database file.
    public let path: String
    let pool: DatabasePool
    private let options: StoreOptions
    private let report: @Sendable (StoreEvent) -> Void
    private let lock: FileLock
    private let queue = DispatchQueue(label: "tandem.store", qos: .utility)
    private let state: Locked<State>
    /// Set when the store is to close: from then on nobody waits long for another process that holds the file.
    private let isEnding: Locked<Bool>

    private struct State {
        var pending = PendingWrites()
        /// Taken by the writer, not committed yet.
        var failed: PendingWrites?
        /// Sites whose copy was given up: nothing more is stored until `forgetSite` begins anew.
        var lostCopies: Set<SiteID> = []
        var isDrainQueued = false
        var isLateDrainQueued = false
        /// Since when somebody waits for what is pending, and for what the writer has taken.
        var pendingSince: DispatchTime?
        var takenSince: DispatchTime?
        /// No more batches are taken.
        var isClosed = false
        /// The file is closed.
        var isFinished = false
        var health = StoreHealth()
        var backoff = Backoff(shortest: .milliseconds(100), longest: .seconds(5))
    }

    /// Opens the file, or makes it, and brings it to the current version.
    /// - Parameters:
    ///   - path: the database file; `-wal`, `-shm` and `.lock` stand beside it.
    ///   - report: hears what an operator should know; called from any thread.
    public init(
        path: String, options: StoreOptions = StoreOptions(),
        report: @escaping @Sendable (StoreEvent) -> Void = { _ in }
    ) throws(StoreError) {
        self.path = path
        self.options = options
        self.report = report
        state = Locked(State())
        isEnding = Locked(false)
        lock = try FileLock(store: path)
        do {
            try Self.checkHeader(path)
            try Self.protect(path)
            pool = try Self.open(path, options, isEnding)
            let (found, count) = try pool.writeWithoutTransaction(Sweep.run)
            for row in found.prefix(Self.rowsTold) { report(.setAside(table: row.table, row: row.row)) }
            if count > Self.rowsTold { report(.moreSetAside(count - Self.rowsTold)) }
        } catch {
            lock.release()
            throw StoreError(error, path: path)
        }
    }

    /// Rows that were set aside and are told one by one.
    private static let rowsTold = 10

    /// Only the node's own user may read the files: what people ring and ask for stands in them. SQLite gives the files
    /// beside the database the mode that the database has.
    private static func protect(_ path: String) throws(StoreError) {
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
        }
        _ = Foundation.close(descriptor)
        for end in ["", "-wal", "-shm", ".lock"] { chmod(path + end, 0o600) }
    }

    private static func open(
        _ path: String, _ options: StoreOptions, _ isEnding: Locked<Bool>
    ) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.label = "tandem.store"
        configuration.maximumReaderCount = 2
        // Up to 5 s, and 0.2 s once the store is to close.
        configuration.busyMode = .callback { tries in
            guard tries < (isEnding.withLock { $0 } ? 20 : 500) else { return false }
            usleep(10_000)
            return true
        }
        let synchronous = options.isFullySynchronous ? "FULL" : "NORMAL"
        configuration.prepareDatabase { db in
            try db.execute(
                sql: """
                    PRAGMA synchronous = \(synchronous); PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY;
                    PRAGMA journal_size_limit = 67108864;
                    """)
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { try Schema.migrate($0, path: path) }
        return pool
    }

    /// Looks at the file before SQLite does, so that files of others are not touched (WAL mode would change them).
    private static func checkHeader(_ path: String) throws(StoreError) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw .cannotOpen(path: path, reason: "the file cannot be read")
        }
        defer { try? handle.close() }
        let header = Array((try? handle.read(upToCount: 100)) ?? Data())
        if header.isEmpty { return }
        guard header.count == 100, header.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw .corrupt(path: path, detail: "it does not begin as an SQLite file does")
        }
        let application = header[68..<72].reduce(0) { $0 << 8 | Int($1) }
        let version = header[60..<64].reduce(0) { $0 << 8 | Int($1) }
        if application != 0, application != Schema.applicationID { throw .foreign(path: path) }
        if application == Schema.applicationID, version > Schema.version {
            throw .newerSchema(path: path, found: version, known: Schema.version)
        }
    }

    // MARK: starting

    /// Chooses the number of a new life: higher than all before and at least the given one. It is on the disk when
    /// this returns, whatever the options say: a number must never be used twice.
    public func nextIncarnation(atLeast lowest: UInt64) throws(StoreError) -> UInt64 {
        try attempt {
            try pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = FULL")
                defer { if !options.isFullySynchronous { try? db.execute(sql: "PRAGMA synchronous = NORMAL") } }
                var number = lowest
                try db.inTransaction(.immediate) {
                    number = max(try StoreWriting.incarnation(db) + 1, lowest)
                    try StoreWriting.raiseIncarnation(to: number, db)
                    return .commit
                }
                return number
            }
        }
    }

    /// Reads everything that was committed.
    public func load() throws(StoreError) -> StoredState {
        try attempt { try pool.read(StoreWriting.load) }
    }

    // MARK: writing

    /// Leaves a batch to be written. Never waits; safe from any thread.
    /// - Parameter whenDurable: called by the writer once this batch, and all before it, are committed. An empty batch
    ///   with a callback asks just that.
    public func enqueue(_ batch: StoreBatch, whenDurable: (@Sendable () -> Void)? = nil) {
        var losses: [PendingWrites.Loss] = []
        let isClosed = state.withLock { state in
            if state.isClosed { return true }
            for operation in batch.operations where Self.isWanted(operation, &state.lostCopies) {
                state.pending.add(operation)
            }
            if let whenDurable {
                state.pending.callbacks.append(whenDurable)
                if state.pendingSince == nil { state.pendingSince = .now() }
            }
            if state.pending.weight > options.queueLimit {
                losses = state.pending.shrink(to: options.queueLimit)
                for loss in losses {
                    switch loss {
                    case .copy(let site):
                        state.lostCopies.insert(site)
                        state.health.droppedCopies += 1
                    case .records(let calls, let audit):
                        state.health.droppedCalls += calls
                        state.health.droppedAuditLines += audit
                    }
                }
            }
            schedule(&state, atOnce: whenDurable != nil || state.pending.weight >= options.batchSize)
            return false
        }
        if isClosed { report(.ignoredAfterClose) }
        for loss in losses {
            switch loss {
            case .copy(let site): report(.copyDropped(site))
            case .records(let calls, let audit): report(.recordsDropped(calls: calls, auditLines: audit))
            }
        }
    }

    private static func isWanted(_ operation: StoreOperation, _ lost: inout Set<SiteID>) -> Bool {
        if lost.isEmpty { return true }
        switch operation {
        case .copyChanges(let site, _), .position(let site, _, _, _): return !lost.contains(site)
        case .forgetSite(let site):
            lost.remove(site)
            return true
        default: return true
        }
    }

    /// Someone waits: write at once. Nobody waits: let more come together first.
    private func schedule(_ state: inout State, atOnce: Bool) {
        if state.failed != nil { return }  // the retry is already on its way
        if atOnce {
            guard !state.isDrainQueued else { return }
            state.isDrainQueued = true
            queue.async { self.drain() }
        } else if !state.isLateDrainQueued, !state.isDrainQueued {
            state.isLateDrainQueued = true
            queue.asyncAfter(deadline: .now() + options.groupingDelay) { self.drain() }
        }
    }

    /// Runs on `queue` only.
    private func drain() {
        while true {
            let work = state.withLock { state in
                if state.isFinished { return PendingWrites() }
                state.isDrainQueued = false
                state.isLateDrainQueued = false
                if let failed = state.failed { return failed }
                let work = state.pending
                state.pending = PendingWrites()
                (state.takenSince, state.pendingSince) = (state.pendingSince, nil)
                // Held here as well, so that a failed commit loses nothing.
                state.failed = work.isEmpty ? nil : work
                return work
            }
            if work.isEmpty { return }
            do {
                try commit(work)
            } catch {
                fail(error)
                return
            }
            succeed(work)
        }
    }

    private func commit(_ work: PendingWrites) throws(StoreError) {
        try attempt {
            try pool.writeWithoutTransaction { db in
                try db.inTransaction(.immediate) {
                    try StoreWriting.write(work, db)
                    return .commit
                }
            }
        }
    }

    private func succeed(_ work: PendingWrites) {
        let recovered = state.withLock { state in
            state.failed = nil
            state.takenSince = nil
            state.backoff.reset()
            state.health.commits += 1
            state.health.entries += UInt64(work.weight)
            let recovered = state.health.error != nil
            state.health.error = nil
            return recovered
        }
        if recovered { report(.writable) }
        for callback in work.callbacks { callback() }
    }

    private func fail(_ error: StoreError) {
        let (isNew, delay) = state.withLock { state in
            let isNew = state.health.error != error
            state.health.error = error
            state.health.failures += 1
            return (isNew && !state.isClosed, state.backoff.next(jitter: 1))
        }
        if isNew { report(.unwritable(error)) }
        queue.asyncAfter(deadline: .now() + .nanoseconds(Int(delay.inNanoseconds))) { [weak self] in self?.drain() }
    }

    // MARK: reading

    /// The last calls, latest first. Reads the disk: call it where waiting a moment is allowed.
    /// - Parameters:
    ///   - user: only this user's; nil: everybody's.
    ///   - direction: only these; nil: all.
    public func callHistory(
        user: String?, direction: CallRecord.Direction? = nil, limit: Int
    ) throws(StoreError) -> [CallRecord] {
        try attempt { try pool.read { try Self.fetchCalls($0, user, direction, limit) } }
    }

    /// The same without waiting; the answer comes from another thread.
    public func callHistory(
        user: String?, direction: CallRecord.Direction? = nil, limit: Int,
        completion: @escaping @Sendable (Result<[CallRecord], StoreError>) -> Void
    ) {
        let path = path
        pool.asyncRead { result in
            do {
                completion(.success(try Self.fetchCalls(try result.get(), user, direction, limit)))
            } catch {
                completion(.failure(StoreError(error, path: path)))
            }
        }
    }

    private static func fetchCalls(
        _ db: Database, _ user: String?, _ direction: CallRecord.Direction?, _ limit: Int
    ) throws -> [CallRecord] {
        // Two statements, so that a user's calls are found through the index.
        let whose = user == nil ? "?1 IS NULL" : "user = ?1"
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT user, direction, number, name, start, duration FROM call_history
                WHERE \(whose) AND (?2 IS NULL OR direction = ?2) ORDER BY id DESC LIMIT ?3
                """, arguments: [user, direction?.rawValue, max(0, limit)])
        return rows.compactMap { row in
            CallRecord.Direction(rawValue: row[1]).map {
                CallRecord(user: row[0], direction: $0, number: row[2], name: row[3], start: row[4], duration: row[5])
            }
        }
    }

    /// The last audit lines, latest first. Reads the disk: call it where waiting a moment is allowed.
    public func auditLines(limit: Int) throws(StoreError) -> [AuditRecord] {
        try attempt { try pool.read { try Self.fetchAudit($0, limit) } }
    }

    /// The same without waiting; the answer comes from another thread.
    public func auditLines(
        limit: Int, completion: @escaping @Sendable (Result<[AuditRecord], StoreError>) -> Void
    ) {
        let path = path
        pool.asyncRead { result in
            do {
                completion(.success(try Self.fetchAudit(try result.get(), limit)))
            } catch {
                completion(.failure(StoreError(error, path: path)))
            }
        }
    }

    private static func fetchAudit(_ db: Database, _ limit: Int) throws -> [AuditRecord] {
        let rows = try Row.fetchAll(
            db, sql: "SELECT time, site, user, action, target, outcome FROM audit ORDER BY id DESC LIMIT ?",
            arguments: [max(0, limit)])
        return rows.compactMap { row in
            SiteID(row[1] as String).map {
                AuditRecord(unixTime: row[0], site: $0, user: row[2], action: row[3], target: row[4], outcome: row[5])
            }
        }
    }

    /// How the writer is doing.
    public var health: StoreHealth {
        state.withLock { state in
            var health = state.health
            health.waiting = state.pending.weight + (state.failed?.weight ?? 0)
            if let since = state.takenSince ?? state.pendingSince {
                health.waitingSeconds =
                    Double(DispatchTime.now().uptimeNanoseconds - since.uptimeNanoseconds) / 1e9
            }
            return health
        }
    }

    // MARK: ending

    /// Writes what waits, then closes the file. Waits for the disk. Later batches are ignored.
    /// - Throws: what kept the last batch from being written; the file is closed even so.
    public func close() throws(StoreError) {
        let wasClosed = state.withLock { state in
            defer { state.isClosed = true }
            return state.isClosed
        }
        if wasClosed { return }
        isEnding.withLock { $0 = true }
        queue.sync { drain() }
        let left = state.withLock { state in
            state.isFinished = true
            return state.failed == nil ? nil : state.health.error
        }
        let result = Result { try pool.close() }
        lock.release()
        if let left { throw left }
        if case .failure(let error) = result { throw StoreError(error, path: path) }
    }

    private func attempt<Value>(_ body: () throws -> Value) throws(StoreError) -> Value {
        do { return try body() } catch { throw StoreError(error, path: path) }
    }
}
