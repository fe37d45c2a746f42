#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Saves the present input when the process dies of it: a trap, a wild read, an endless loop.
///
/// All that the signal handler touches is memory set aside before, and system calls that handlers may make.
enum CrashReport {
    /// The input under test, for the handler. Written by the one thread that runs targets; read by a handler that
    /// interrupts exactly that thread, which never returns to it.
    nonisolated(unsafe) private static var input = UnsafeMutablePointer<UInt8>.allocate(capacity: 4 * Mutator.longest)
    nonisolated(unsafe) private static var count = 0
    nonisolated(unsafe) private static var path: UnsafeMutablePointer<CChar>?
    nonisolated(unsafe) private static var words: UnsafeMutablePointer<CChar>?
    /// A case that takes longer hangs.
    private static let seconds: UInt32 = 20

    static func install() {
        input.initialize(repeating: 0, count: 4 * Mutator.longest)
        for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGALRM] {
            signal(number) { number in CrashReport.save(number) }
        }
    }

    /// Where an input of this target goes when the process dies of it.
    static func begin(_ target: String, file: String) {
        free(path)
        free(words)
        path = strdup(file)
        words = strdup(
            "\n\(target): the process died of an input. Saved as \(file)\nreplay: TandemFuzz --replay \(file)\n")
    }

    static func watch(_ bytes: [UInt8]) {
        count = min(bytes.count, 4 * Mutator.longest)
        for index in 0..<count { input[index] = bytes[index] }
        alarm(seconds)
    }

    static func end() { alarm(0) }

    private static func save(_ number: Int32) {
        if let path, let words {
            let file = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o644)
            if file >= 0 {
                _ = write(file, input, count)
                close(file)
            }
            _ = write(2, words, strlen(words))
        }
        _exit(70)
    }
}
