import FoundationEssentials

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
        guard let data = FileManager.default.contents(atPath: path) else {
            throw failure(path, "cannot be read: \(reason())")
        }
        guard data.count <= 64 * 1024 * 1024 else { throw failure(path, "has over 64 MiB: not a configuration") }
        guard let text = String(validating: data, as: UTF8.self) else { throw failure(path, "is not UTF-8") }
        return text
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
