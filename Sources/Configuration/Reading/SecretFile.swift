#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Files that hold a key, a password or a token: only their owner may read them.
public enum SecretFile {
    /// What is wrong with who may read an open file, with the command that mends it; nil: only its owner may.
    public static func exposure(of descriptor: Int32, _ path: String) -> String? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? exposure(status, path) : nil
    }

    /// The same of a file by its path; nil also when there is no such file.
    public static func exposure(of path: String) -> String? {
        var status = stat()
        return stat(path, &status) == 0 ? exposure(status, path) : nil
    }

    private static func exposure(_ status: stat, _ path: String) -> String? {
        // Of a pipe or a device the mode says nothing. A file of root's may be readable for the node's group.
        let others: mode_t = status.st_uid == 0 && geteuid() != 0 ? 0o037 : 0o077
        guard status.st_mode & S_IFMT == S_IFREG, status.st_mode & others != 0 else { return nil }
        let mode = String(status.st_mode & 0o777, radix: 8)
        return "the file \(path) holds secrets and is open to other users (mode 0\(mode)): chmod 600 '\(path)'"
    }
}
