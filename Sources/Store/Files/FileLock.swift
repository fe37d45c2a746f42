#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A lock on a file beside the store. The system gives it up when the process ends, however it ends.
struct FileLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock; another holder gives `locked` with its process id.
    init(store path: String) throws(StoreError) {
        let name = path + ".lock"
        descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .cannotOpen(path: path, reason: "\(name): " + String(cString: strerror(errno)))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var digits = [UInt8](repeating: 0, count: 16)
            let count = max(0, read(descriptor, &digits, digits.count))
            close(descriptor)
            throw .locked(path: path, process: Int32(String(decoding: digits[..<count], as: UTF8.self)))
        }
        let own = Array("\(getpid())".utf8)
        ftruncate(descriptor, 0)
        _ = own.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }

    /// Gives the lock up.
    func release() { close(descriptor) }
}
