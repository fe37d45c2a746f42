import Federation
import TandemCore

/// The stored form of a command's answer: version 1, kind, then texts with their length (4 bytes, little endian).
///
/// | kind | fields |
/// | --- | --- |
/// | 0 done | result |
/// | 1 refused | reason, result |
/// | 2 not delivered | reason, site |
/// | 3 unknown | site |
enum AnswerCoding {
    private static let version: UInt8 = 1

    static func encode(_ answer: CommandAnswer) -> [UInt8] {
        var bytes: [UInt8] = [version]
        switch answer {
        case .done(let result):
            bytes.append(0)
            append(result.bytes, to: &bytes)
        case .refused(let reason, let result):
            bytes.append(1)
            append(Array(reason.utf8), to: &bytes)
            append(result.bytes, to: &bytes)
        case .notDelivered(let reason, let site):
            bytes.append(2)
            append(Array(reason.rawValue.utf8), to: &bytes)
            append(Array(site.name.utf8), to: &bytes)
        case .unknown(let site):
            bytes.append(3)
            append(Array(site.name.utf8), to: &bytes)
        }
        return bytes
    }

    /// Nil when the bytes are not of this form: a damaged line, or one of a later version.
    static func decode(_ bytes: [UInt8]) -> CommandAnswer? {
        guard bytes.count >= 2, bytes[0] == version else { return nil }
        var rest = bytes[2...]
        let answer: CommandAnswer?
        switch bytes[1] {
        case 0: answer = field(&rest).flatMap(object).map { .done($0) }
        case 1:
            guard let reason = field(&rest), let result = field(&rest).flatMap(object) else { return nil }
            answer = .refused(reason: text(reason), result)
        case 2:
            guard let word = field(&rest), let reason = CommandAnswer.NotDelivered(rawValue: text(word)),
                let site = field(&rest).flatMap({ SiteID(text($0)) })
            else { return nil }
            answer = .notDelivered(reason: reason, at: site)
        case 3: answer = field(&rest).flatMap { SiteID(text($0)) }.map { .unknown(at: $0) }
        default: answer = nil
        }
        return rest.isEmpty ? answer : nil
    }

    private static func append(_ field: [UInt8], to bytes: inout [UInt8]) {
        let count = UInt32(field.count)
        for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: count >> UInt32(shift))) }
        bytes += field
    }

    private static func field(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard rest.count >= 4 else { return nil }
        let count = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(4)
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
    private static func object(_ bytes: ArraySlice<UInt8>) -> EncodedObject? {
        guard bytes.count >= 2, bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") else { return nil }
        return EncodedObject(trusted: Array(bytes))
    }
}
