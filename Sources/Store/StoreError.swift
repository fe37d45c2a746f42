import GRDB

/// Why the store cannot be opened, read or written.
public enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file cannot be opened or made.
    case cannotOpen(path: String, reason: String)
    /// Another process has the store open.
    case locked(path: String, process: Int32?)
    /// The file is damaged, or no database at all.
    case corrupt(path: String, detail: String)
    /// A newer Tandem wrote the file.
    case newerSchema(path: String, found: Int, known: Int)
    /// The file is a database of another program.
    case foreign(path: String)
    /// The disk is full.
    case full(path: String)
    /// The file cannot be written.
    case unwritable(path: String, reason: String)
    /// The store was closed.
    case closed(path: String)

    /// What, where, what to do.
    public var description: String {
        switch self {
        case .cannotOpen(let path, let reason): "cannot open the store \(path): \(reason)"
        case .locked(let path, let process):
            "the store \(path) is in use by \(process.map { "process \($0)" } ?? "another process"): "
                + "stop it, or give this node a store of its own"
        case .corrupt(let path, let detail):
            "the store \(path) is damaged (\(detail)): restore a backup, or move the file away; the node then starts "
                + "with an empty store and fetches the copies of other sites again"
        case .newerSchema(let path, let found, let known):
            "the store \(path) was written by a newer Tandem (schema \(found), this one knows up to \(known)): "
                + "run that version, or give this one a store of its own"
        case .foreign(let path): "\(path) is a database of another program: choose another path for the store"
        case .full(let path): "the disk of the store \(path) is full: free some space; writing goes on by itself"
        case .unwritable(let path, let reason): "the store \(path) cannot be written: \(reason)"
        case .closed(let path): "the store \(path) is closed"
        }
    }

    /// Translates what GRDB or SQLite threw.
    init(_ error: any Error, path: String) {
        if let own = error as? StoreError {
            self = own
            return
        }
        guard let database = error as? DatabaseError else {
            self = .unwritable(path: path, reason: "\(error)")
            return
        }
        let reason = database.message ?? "\(database.resultCode)"
        switch database.resultCode.primaryResultCode {
        case .SQLITE_FULL: self = .full(path: path)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt(path: path, detail: reason)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .locked(path: path, process: nil)
        case .SQLITE_CANTOPEN: self = .cannotOpen(path: path, reason: reason)
        default: self = .unwritable(path: path, reason: reason)
        }
    }
}
