import Foundation
import NIOCore
import NIOSSL

extension NIOSSLCertificate {
    /// The names and addresses that the certificate is good for, in its order. Control characters become `?`.
    public var carriedNames: [String] {
        _subjectAlternativeNames().compactMap { name in
            switch name.nameType {
            case .dnsName:
                String(decoding: name.contents.map { $0 < 0x20 || $0 == 0x7F ? 0x3F : $0 }, as: UTF8.self)
            case .ipAddress:
                try? SocketAddress(packedIPAddress: ByteBuffer(bytes: name.contents), port: 0).ipAddress
            default: nil
            }
        }
    }

    /// The moment from which it is valid, in ISO 8601.
    public var beginning: String { Self.text(notValidBefore) }
    /// The moment until which it is valid, in ISO 8601.
    public var end: String { Self.text(notValidAfter) }

    private static func text(_ seconds: time_t) -> String {
        Date(timeIntervalSince1970: Double(seconds)).ISO8601Format()
    }

    /// Whether the certificate is for this name, in any case; `*.example.org` stands for one label.
    func carries(_ name: String) -> Bool {
        let wanted = Array(name.lowercased().utf8)
        return _subjectAlternativeNames().contains { entry in
            guard entry.nameType == .dnsName else { return false }
            let found = Array(String(decoding: entry.contents, as: UTF8.self).lowercased().utf8)
            if found == wanted { return true }
            guard found.starts(with: "*.".utf8), let dot = wanted.firstIndex(of: UInt8(ascii: ".")), dot > 0 else {
                return false
            }
            return wanted[dot...].elementsEqual(found[1...])
        }
    }
}
