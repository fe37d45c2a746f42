import Dispatch
import TandemNode

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What holds for the whole life of a process that runs nodes, from its first moment on.
enum NodeProcess {
    /// To be called first of all, with the arguments of the program.
    static func prepare(_ arguments: [String]) {
        endAtOnceOnCrash()
        guard ["run", "demo"].contains(arguments.dropFirst().first) else { return }
        Hangup.watch()
        Descriptors.raiseLimit()
    }

    /// A trap ends the process: Swift's backtracer, which reads the symbols of the whole program first, would hold it, with
    /// its sockets open and its peers waiting. Who wants a backtrace asks for it with SWIFT_BACKTRACE.
    private static func endAtOnceOnCrash() {
        guard getenv("SWIFT_BACKTRACE") == nil else { return }
        for number in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGQUIT] { signal(number, SIG_DFL) }
    }
}

/// SIGHUP, from the first moment of the process to its last: it asks for a reload, and never ends the process.
enum Hangup {
    private static let stream = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    /// Only kept, never touched: safe to share. Never cancelled: that would give the signal its deadly meaning back while nodes still drain.
    private nonisolated(unsafe) static let source: any DispatchSourceSignal = {
        // The source is registered a moment later; until then the signal must not have its deadly meaning either.
        signal(SIGHUP) { _ in }
        let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
        source.setEventHandler { stream.continuation.yield() }
        source.resume()
        return source
    }()

    static func watch() { _ = source }

    /// The signals; several that come before one was taken count as one. For one reader.
    static var signals: AsyncStream<Void> { stream.stream }
}
