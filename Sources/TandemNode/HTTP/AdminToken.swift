import Configuration
import TandemCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The file with the HTTP port's token: one line, which only the node's own user may read.
public enum AdminToken {
    /// Fewer characters could be guessed.
    static let shortest = 16

    /// Reads the token. Throws `NodeError` when there is none, when it is too short, or when others may read it.
    public static func read(_ path: String, mayBeExposed: Bool = false) throws(NodeError) -> Secret {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw problem(path, "cannot be read: \(reason())") }
        defer { close(descriptor) }
        if !mayBeExposed, let exposed = SecretFile.exposure(of: descriptor, path) { throw NodeError(exposed) }
        var bytes = [UInt8](repeating: 0, count: Limits.httpTokenFile + 1)
        let count = systemRead(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw problem(path, "cannot be read: \(reason())") }
        let text = String(decoding: bytes[..<count], as: UTF8.self)
        let token = text.split(whereSeparator: \.isWhitespace)
        guard count <= Limits.httpTokenFile, token.count == 1, token[0].utf8.count >= shortest,
            token[0].utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw problem(
                path, "must hold one word of \(shortest) or more printable characters; remove it to get a new one")
        }
        return Secret(String(token[0]))
    }

    /// Reads the token, or makes one of 256 random bits when there is no file.
    static func readOrMake(_ path: String, mayBeExposed: Bool = false) throws(NodeError) -> Secret {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            guard errno == EEXIST else { throw problem(path, "cannot be made: \(reason())") }
            return try read(path, mayBeExposed: mayBeExposed)
        }
        defer { close(descriptor) }
        var random = SystemRandomNumberGenerator()
        let token = (0..<4).map { _ in
            let digits = String(random.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        let line = Array((token + "\n").utf8)
        guard write(descriptor, line, line.count) == line.count else {
            let why = reason()
            // Half a token would keep the next start from making a whole one.
            unlink(path)
            throw problem(path, "cannot be written: \(why)")
        }
        return Secret(token)
    }

    private static func reason() -> String { String(cString: strerror(errno)) }

    private static func problem(_ path: String, _ what: String) -> NodeError {
        NodeError("http.token: the file \(path) \(what)")
    }
}

// Outside: within `AdminToken`, `read` is its own.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
