import CTIProxy
import Dispatch
import TandemCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The few calls to the operating system that the tools need.
enum System {
    /// Standard output and standard error.
    static let output: Int32 = 1
    static let error: Int32 = 2

    /// The text of an error number.
    static func text(of code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }

    /// Writes a text at once; what nobody reads is lost.
    static func say(_ text: String, to descriptor: Int32 = System.error) {
        _ = write(Array(text.utf8), to: descriptor)
    }

    /// Writes all bytes, waiting as long as it takes. Zero or an error number.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        bytes.withUnsafeBytes { buffer -> Int32 in
            var rest = buffer[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                #if canImport(Darwin)
                    let count = Darwin.write(descriptor, part.baseAddress, part.count)
                #elseif canImport(Musl)
                    let count = Musl.write(descriptor, part.baseAddress, part.count)
                #else
                    let count = Glibc.write(descriptor, part.baseAddress, part.count)
                #endif
                if count >= 0 {
                    rest = rest.dropFirst(count)
                } else if errno == EAGAIN {
                    // Somebody made our output non-blocking.
                    var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&wait, 1, -1)
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
    }

    /// Opens a file for appending; creates it, and empties it when told so.
    static func open(_ path: String, empties: Bool) -> Result<Int32, SystemError> {
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (empties ? O_TRUNC : 0)
        #if canImport(Darwin)
            let descriptor = Darwin.open(path, flags, 0o666)
        #elseif canImport(Musl)
            let descriptor = Musl.open(path, flags, 0o666)
        #else
            let descriptor = Glibc.open(path, flags, 0o666)
        #endif
        return descriptor >= 0 ? .success(descriptor) : .failure(SystemError(code: errno))
    }

    /// Whether two descriptors are the same file.
    static func isSame(_ one: Int32, _ other: Int32) -> Bool {
        var left = stat()
        var right = stat()
        guard fstat(one, &left) == 0, fstat(other, &right) == 0 else { return false }
        return left.st_dev == right.st_dev && left.st_ino == right.st_ino && left.st_mode & S_IFMT == S_IFREG
    }

    /// All bytes of a file.
    static func read(_ path: String) -> Result<[UInt8], SystemError> {
        guard let file = fopen(path, "rb") else { return .failure(SystemError(code: errno)) }
        defer { fclose(file) }
        var all: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&part, 1, part.count, file)
            if count == 0 { break }
            all.append(contentsOf: part[..<count])
        }
        return ferror(file) == 0 ? .success(all) : .failure(SystemError(code: EIO))
    }

    /// The IPv4 addresses of a name, as dotted numbers. It may take seconds: not for an event loop.
    static func addresses(of host: String) -> Result<[String], SystemError> {
        var hints = addrinfo()
        hints.ai_family = AF_INET
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else {
            return .failure(SystemError(code: code, text: String(cString: gai_strerror(code))))
        }
        defer { freeaddrinfo(list) }
        var found: [String] = []
        var entry = list
        while let current = entry {
            if let address = current.pointee.ai_addr {
                var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
                let failed = getnameinfo(
                    address, current.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
                let name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if failed == 0, !found.contains(name) { found.append(name) }
            }
            entry = current.pointee.ai_next
        }
        return .success(found)
    }

    /// Makes interrupts wait for `onInterrupt`. Must run before any thread is started.
    ///
    /// Whoever started us may have ignored or blocked signals; the tools behave the same everywhere.
    static func prepareSignals() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGINT, SIG_DFL)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Calls the body at the first SIGINT, on another thread; the second one ends the process, should the first not have
    /// done so because nobody takes the output.
    static func onInterrupt(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue(label: "interrupts").async {
            waitForInterrupt()
            body()
            waitForInterrupt()
            leave(0)
        }
    }

    private static func waitForInterrupt() {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        var signal: Int32 = 0
        while sigwait(&set, &signal) != 0 {}
    }

    /// Ends the process at once.
    static func leave(_ status: Int32) -> Never { exit(status) }
}

/// Why the operating system refused.
struct SystemError: Error, CustomStringConvertible {
    /// The error number.
    var code: Int32
    /// Its sentence.
    var description: String

    init(code: Int32, text: String? = nil) {
        self.code = code
        description = text ?? System.text(of: code)
    }
}

/// Reads both clocks; the zone is looked up once per second at most.
struct LocalClock {
    private var second = -1
    private var offset: Int64 = 0

    /// The present.
    mutating func now() -> Stamp {
        var wall = timespec()
        var steady = timespec()
        clock_gettime(CLOCK_REALTIME, &wall)
        clock_gettime(CLOCK_MONOTONIC, &steady)
        if wall.tv_sec != second {
            second = wall.tv_sec
            var local = tm()
            localtime_r(&second, &local)
            offset = Int64(local.tm_gmtoff)
        }
        return Stamp(
            instant: Instant(nanoseconds: Int64(steady.tv_sec) * 1_000_000_000 + Int64(steady.tv_nsec)),
            unixMicroseconds: Int64(wall.tv_sec) * 1_000_000 + Int64(wall.tv_nsec) / 1_000, offset: offset)
    }
}
