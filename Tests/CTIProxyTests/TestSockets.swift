import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Why a socket of a test did not do what was asked.
struct SocketError: Error, CustomStringConvertible {
    var description: String
}

/// A blocking TCP socket for tests; every wait ends after 20 s at the latest.
final class TestSocket: @unchecked Sendable {
    // Safe to share: the descriptor never changes after it is made; the kernel orders the calls.
    private let descriptor: Int32

    init(descriptor: Int32) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { Glibc.close(descriptor) }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func make() -> Int32 {
        socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    private static func withAddress(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = loopback(port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// Connects to a port of this machine.
    static func connect(_ port: Int) throws -> TestSocket {
        let descriptor = make()
        guard withAddress(port, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw SocketError(description: "connect to \(port): \(String(cString: strerror(code)))")
        }
        return TestSocket(descriptor: descriptor)
    }

    /// Listens on a port of this machine, 0 for any.
    static func listen(_ port: Int = 0) throws -> (socket: TestSocket, port: Int) {
        let descriptor = make()
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard withAddress(port, { bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, 16) == 0 else {
            throw SocketError(description: "listen on \(port): \(String(cString: strerror(errno)))")
        }
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        return (TestSocket(descriptor: descriptor), Int(in_port_t(bigEndian: address.sin_port)))
    }

    func accept() throws -> TestSocket {
        let found = Glibc.accept(descriptor, nil, nil)
        guard found >= 0 else { throw SocketError(description: "accept: \(String(cString: strerror(errno)))") }
        _ = fcntl(found, F_SETFD, FD_CLOEXEC)
        return TestSocket(descriptor: found)
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                let count = Glibc.send(descriptor, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
                guard count > 0 else { throw SocketError(description: "send: \(String(cString: strerror(errno)))") }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// What one read gives; empty at the end of the stream.
    func receive(atMost limit: Int = 1 << 16) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = recv(descriptor, &bytes, limit, 0)
        guard count >= 0 else { throw SocketError(description: "receive: \(String(cString: strerror(errno)))") }
        return Array(bytes[..<count])
    }

    /// Exactly this many bytes, fewer at the end of the stream.
    func receive(exactly count: Int) throws -> [UInt8] {
        var all: [UInt8] = []
        while all.count < count {
            let part = try receive(atMost: min(1 << 16, count - all.count))
            if part.isEmpty { break }
            all += part
        }
        return all
    }

    func receive(text count: Int) throws -> String { String(decoding: try receive(exactly: count), as: UTF8.self) }

    /// Everything up to the end of the stream.
    func receiveAll() throws -> [UInt8] { try receive(exactly: .max) }

    /// Ends our direction only.
    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends both directions.
    func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Ends with a reset instead of an orderly end, when the socket is closed.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Keeps the kernel's buffers small, so that a test reaches the end of flow control soon.
    func makeSmall() {
        var size: Int32 = 16 << 10
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
}

/// A server whose connections each run a script on a thread of their own.
final class ScriptedServer: Sendable {
    let port: Int
    private let listener: TestSocket

    init(_ script: @escaping @Sendable (TestSocket) throws -> Void) throws {
        let (listener, port) = try TestSocket.listen()
        self.listener = listener
        self.port = port
        Thread.detachNewThread {
            while let connection = try? listener.accept() {
                Thread.detachNewThread { try? script(connection) }
            }
        }
    }

    deinit { listener.end() }

    /// Sends back what arrives until the client ends, then ends.
    static func echo() throws -> ScriptedServer {
        try ScriptedServer { socket in
            while true {
                let bytes = try socket.receive()
                if bytes.isEmpty { return }
                try socket.send(bytes)
            }
        }
    }
}
