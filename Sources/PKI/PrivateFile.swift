import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads and writes PEM files. A key's file has its mode from the first moment, and is replaced in one step.
enum PrivateFile {
    static func read(_ path: String) throws(PKIError) -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .unreadable(path: path, reason: reason())
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw .unreadable(path: path, reason: "it is not text")
        }
        return text
    }

    static func write(_ text: String, to path: String, mode: mode_t) throws(PKIError) {
        let temporary = path + ".new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode)
        guard descriptor >= 0 else { throw .unwritable(path: path, reason: reason()) }
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes { unsafe in
                put(descriptor, UnsafeRawBufferPointer(rebasing: unsafe[start...]))
            }
            guard count > 0 else {
                let why = reason()
                close(descriptor)
                unlink(temporary)
                throw .unwritable(path: path, reason: why)
            }
            start += count
        }
        fsync(descriptor)
        close(descriptor)
        guard rename(temporary, path) == 0 else { throw .unwritable(path: path, reason: reason()) }
    }

    static func makeDirectory(_ path: String) throws(PKIError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .unwritable(path: path, reason: "\(error)")
        }
    }

    private static func put(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            return Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
            return Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            return Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }
    private static func reason() -> String { String(cString: strerror(errno)) }
}
