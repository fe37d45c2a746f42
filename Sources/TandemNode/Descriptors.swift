#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The file descriptors of the process: each socket needs one.
public enum Descriptors {
    #if canImport(Glibc)
        private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        private static let resource = RLIMIT_NOFILE
    #endif

    /// How many the process may have open.
    public static var limit: Int {
        var limits = rlimit()
        guard getrlimit(resource, &limits) == 0 else { return 0 }
        return Int(clamping: limits.rlim_cur)
    }

    /// How many are open; nil where the system does not say, or when none is left to ask with.
    public static var open: Int? {
        #if os(Linux)
            guard let folder = opendir("/proc/self/fd") else { return nil }
        #else
            guard let folder = opendir("/dev/fd") else { return nil }
        #endif
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Not `.`, `..` and the one that asks.
        return count - 3
    }

    /// Raises the limit as far as the system lets this user; a service starts with a low one for programs of old.
    public static func raiseLimit() {
        var limits = rlimit()
        guard getrlimit(resource, &limits) == 0, limits.rlim_cur < limits.rlim_max else { return }
        limits.rlim_cur = limits.rlim_max
        setrlimit(resource, &limits)
    }
}
