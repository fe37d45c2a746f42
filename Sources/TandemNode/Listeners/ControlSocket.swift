#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The control socket's file.
enum ControlSocket {
    /// Removes the file when the node stops, so that nobody waits for an answer from it.
    static func remove(_ path: String) { unlink(path) }

    /// Only the node's own user may ask it over the socket.
    static func protect(_ path: String) { chmod(path, 0o600) }
}
