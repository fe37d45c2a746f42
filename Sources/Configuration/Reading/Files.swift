import FoundationEssentials
import TandemCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reading and writing whole files, with errors that name them.
enum Files {
    static func read(_ path: String) throws(ConfigurationError) -> String {
        let bytes = try bytes(path)
        // UTF-16 begins with a mark, which is no UTF-8.
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let kind = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) ? "UTF-16" : "not UTF-8"
            throw failure(path, "is \(kind); accepted: UTF-8")
        }
        return text
    }

    /// The bytes of a file; one that is too long is not read to its end.
    private static func bytes(_ path: String) throws(ConfigurationError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, "cannot be read: \(reason())") }
        defer { close(descriptor) }
        var all: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = part.withUnsafeMutableBytes { systemRead(descriptor, $0) }
            guard count >= 0 else { throw failure(path, "cannot be read: \(reason())") }
            if count == 0 { return all }
            all.append(contentsOf: part[..<count])
            guard all.count <= Limits.configurationFile else {
                throw failure(
                    path, "is longer than \(Bound.Value.bytes(Limits.configurationFile).text): not a configuration")
            }
        }
    }

    /// Writes a file beside its place and moves it there; a `secret` one is never readable by others.
    static func save(_ text: String, to path: String, secret: Bool) throws(ConfigurationError) {
        let temporary = path + ".new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL, secret ? 0o600 : 0o644)
        guard descriptor >= 0 else { throw failure(path, "cannot be written: \(reason())") }
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { unsafe in
                guard let base = unsafe.baseAddress else { return 0 }
                return systemWrite(descriptor, base, unsafe.count)
            }
            guard count > 0 else {
                let why = reason()
                close(descriptor)
                throw failure(path, "cannot be written: \(why)")
            }
            bytes = bytes.dropFirst(count)
        }
        close(descriptor)
        guard rename(temporary, path) == 0 else { throw failure(path, "cannot be written: \(reason())") }
    }

    static func makeDirectory(_ path: String) throws(ConfigurationError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw failure(path, "this directory cannot be made: \(error)")
        }
    }

    static func isReadable(_ path: String) -> Bool { access(path, R_OK) == 0 }

    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
    private static func failure(_ path: String, _ message: String) -> ConfigurationError {
        ConfigurationError([Diagnostic(file: path, keyPath: "", message: message)])
    }
    private static func systemWrite(_ descriptor: Int32, _ base: UnsafeRawPointer, _ count: Int) -> Int {
        while true {
            let written = write(descriptor, base, count)
            if written >= 0 || errno != EINTR { return written }
        }
    }
}

// Outside: within `Files`, `read` is its own.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    while true {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        if count >= 0 || errno != EINTR { return count }
    }
}
