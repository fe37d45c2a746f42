import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Words for the usual network errors.
enum NetworkProblem {
    /// What happened, as a person would say it; the error's own text when it is none of the usual ones.
    static func describe(_ error: any Error) -> String {
        if let connection = error as? NIOConnectionError {
            // Several addresses may have been tried; the last one's error says what is the matter.
            if let last = connection.connectionErrors.last { return describe(last.error) }
            if connection.dnsAError != nil || connection.dnsAAAAError != nil { return "the name is not known" }
        }
        if case ChannelError.connectTimeout(let time) = error {
            return "no answer within \(time.nanoseconds / 1_000_000_000) s"
        }
        guard let system = error as? IOError else { return String(describing: error) }
        return words(for: system.errnoCode) ?? String(describing: error)
    }

    /// What a number of the system's means, whatever system it is.
    static func words(for code: Int32) -> String? {
        switch code {
        case ECONNREFUSED: "nobody listens there"
        case EADDRINUSE: "another program uses it"
        case EADDRNOTAVAIL: "this machine has no such address"
        case EACCES, EPERM: "this user may not (ports below 1024 need a privilege)"
        case EMFILE: "this process has no file descriptor left (its limit is \(Descriptors.limit): ulimit -n)"
        case ENFILE: "this machine has no file descriptor left"
        case ENETUNREACH, EHOSTUNREACH: "no way leads there"
        case ETIMEDOUT: "no answer"
        default: nil
        }
    }
}
