import TandemCore

/// Writes parsed messages as the tools show them: keys sorted by code point, pure ASCII, compact or indented.
///
/// It keeps its working memory from message to message.
struct MessageFormatter {
    /// A member waiting to be written; plain keys are compared in place, those with escapes in `names`.
    private struct Member {
        /// The first eight bytes of the key, so that most comparisons are one.
        var prefix: UInt64
        /// Where the key's decoded bytes lie: in the text, or from `names` on.
        var start: UInt32
        var length: UInt32
        var isDecoded: Bool
        /// Where the key stands in the text.
        var place: UInt32
        var key: JSONTape.Node
        var value: JSONTape.Node
    }

    private var members: [Member] = []
    private var names: [UInt8] = []

    /// Indented form instead of compact.
    var isIndented: Bool
    /// Top-level keys that are left out.
    var strip: [[UInt8]]
    /// Values of secret keys become `"***"`.
    var masksSecrets: Bool

    init(isIndented: Bool = false, strip: [[UInt8]] = [], masksSecrets: Bool = false) {
        self.isIndented = isIndented
        self.strip = strip
        self.masksSecrets = masksSecrets
    }

    /// Writes a message, without a line feed.
    mutating func write(_ message: JSONView, into output: inout [UInt8]) {
        write(message, level: 0, into: &output)
    }

    private mutating func write(_ view: JSONView, level: Int, into output: inout [UInt8]) {
        switch view.kind {
        case .string: StringText.write(token: view.rawBytes, into: &output)
        case .number: NumberText.write(view.rawBytes, into: &output)
        case .null, .bool: output.append(contentsOf: view.rawBytes)
        case .array: writeArray(view, level: level, into: &output)
        case .object: writeObject(view, level: level, into: &output)
        }
    }

    private mutating func writeArray(_ view: JSONView, level: Int, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "["))
        var isFirst = true
        for element in view.elements {
            separate(isFirst, level: level + 1, into: &output)
            isFirst = false
            write(element, level: level + 1, into: &output)
        }
        if !isFirst { breakLine(level: level, into: &output) }
        output.append(UInt8(ascii: "]"))
    }

    private mutating func writeObject(_ view: JSONView, level: Int, into output: inout [UInt8]) {
        let base = members.count
        let nameBase = names.count
        collect(view, level: level, from: base)
        output.append(UInt8(ascii: "{"))
        var isFirst = true
        for place in base..<members.count {
            let member = members[place]
            separate(isFirst, level: level + 1, into: &output)
            isFirst = false
            StringText.write(token: view.at(member.key).rawBytes, into: &output)
            output.append(UInt8(ascii: ":"))
            output.append(UInt8(ascii: " "))
            if masksSecrets, SecretKeys.matches(view.at(member.key).rawBytes) {
                output.append(contentsOf: SecretKeys.mask)
            } else {
                write(view.at(member.value), level: level + 1, into: &output)
            }
        }
        if !isFirst { breakLine(level: level, into: &output) }
        output.append(UInt8(ascii: "}"))
        members.removeLast(members.count - base)
        names.removeLast(names.count - nameBase)
    }

    @inline(__always)
    private func separate(_ isFirst: Bool, level: Int, into output: inout [UInt8]) {
        if !isFirst {
            output.append(UInt8(ascii: ","))
            output.append(UInt8(ascii: " "))
        }
        breakLine(level: level, into: &output)
    }

    @inline(__always)
    private func breakLine(level: Int, into output: inout [UInt8]) {
        guard isIndented else { return }
        output.append(0x0A)
        output.append(contentsOf: repeatElement(0x20, count: 4 &* level))
    }

    // MARK: Order

    /// Puts the members on the stack, sorted, the last one of a repeated key only.
    private mutating func collect(_ view: JSONView, level: Int, from base: Int) {
        let text = view.rawBytes.baseAddress.map { $0 - view.rawRange.lowerBound }
        for (key, value) in view.members {
            let token = key.rawBytes
            var member: Member
            if let plain = key.plainStringBytes {
                member = Member(
                    prefix: Self.prefix(plain), start: UInt32(truncatingIfNeeded: key.rawRange.lowerBound &+ 1),
                    length: UInt32(truncatingIfNeeded: plain.count), isDecoded: false,
                    place: UInt32(truncatingIfNeeded: key.rawRange.lowerBound), key: key.node, value: value.node)
            } else {
                let start = names.count
                StringText.decode(token: token, into: &names)
                let prefix = names.withUnsafeBufferPointer {
                    Self.prefix(UnsafeBufferPointer(rebasing: $0[start...]))
                }
                member = Member(
                    prefix: prefix, start: UInt32(truncatingIfNeeded: start),
                    length: UInt32(truncatingIfNeeded: names.count - start), isDecoded: true,
                    place: UInt32(truncatingIfNeeded: key.rawRange.lowerBound), key: key.node, value: value.node)
            }
            if level == 0, !strip.isEmpty, isStripped(member, text) { continue }
            members.append(member)
        }
        sort(from: base, text)
    }

    private static func prefix(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        guard let base = bytes.baseAddress else { return 0 }
        if bytes.count >= 8 { return UInt64(bigEndian: UnsafeRawPointer(base).loadUnaligned(as: UInt64.self)) }
        var word: UInt64 = 0
        for byte in bytes { word = word << 8 | UInt64(byte) }
        return bytes.isEmpty ? 0 : word << UInt64(8 &* (8 &- bytes.count))
    }

    private func isStripped(_ member: Member, _ text: UnsafePointer<UInt8>?) -> Bool {
        withBytes(of: member, text) { bytes in strip.contains { bytes.elementsEqual($0) } }
    }

    private func withBytes<Result>(
        of member: Member, _ text: UnsafePointer<UInt8>?, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        if member.isDecoded {
            return names.withUnsafeBufferPointer {
                body(UnsafeBufferPointer(rebasing: $0[Int(member.start)..<Int(member.start + member.length)]))
            }
        }
        return body(UnsafeBufferPointer(start: text.map { $0 + Int(member.start) }, count: Int(member.length)))
    }

    /// Negative, zero or positive as the left key is before, the same as or after the right one.
    private func compare(_ left: Member, _ right: Member, _ text: UnsafePointer<UInt8>?) -> Int {
        if left.prefix != right.prefix { return left.prefix < right.prefix ? -1 : 1 }
        return withBytes(of: left, text) { one in
            withBytes(of: right, text) { other in
                var place = 0
                let common = min(one.count, other.count)
                while place < common, one[place] == other[place] { place &+= 1 }
                if place < common { return one[place] < other[place] ? -1 : 1 }
                return one.count - other.count
            }
        }
    }

    private mutating func sort(from base: Int, _ text: UnsafePointer<UInt8>?) {
        let count = members.count - base
        guard count > 1 else { return }
        var hasRepeats = false
        if count <= 24 {
            var place = base + 1
            while place < members.count {
                let member = members[place]
                var other = place - 1
                while other >= base {
                    let order = compare(members[other], member, text)
                    if order == 0 { hasRepeats = true }
                    guard order > 0 else { break }
                    members[other + 1] = members[other]
                    other -= 1
                }
                members[other + 1] = member
                place += 1
            }
        } else {
            // Equal keys stay in the order of the text, so that the last one can be told.
            let sorted = members[base...].sorted { left, right in
                let order = compare(left, right, text)
                return order < 0 || order == 0 && left.place < right.place
            }
            members.replaceSubrange(base..., with: sorted)
            hasRepeats = true
        }
        guard hasRepeats else { return }
        var kept = base
        for place in base..<members.count {
            if place + 1 < members.count, compare(members[place], members[place + 1], text) == 0 { continue }
            members[kept] = members[place]
            kept += 1
        }
        members.removeLast(members.count - kept)
    }
}

/// Which values are secrets.
enum SecretKeys {
    /// What is shown instead, as JSON.
    static let mask = Array("\"***\"".utf8)
    private static let words = ["password", "passwd", "secret", "token"].map { Array($0.utf8) }

    /// Whether a key (a string token) names a secret: any that contains `password`, `passwd`, `secret` or `token`.
    static func matches(_ token: UnsafeBufferPointer<UInt8>) -> Bool {
        if token.contains(UInt8(ascii: "\\")) {
            var name: [UInt8] = []
            StringText.decode(token: token, into: &name)
            return name.withUnsafeBufferPointer { contains($0) }
        }
        return contains(token)
    }

    /// Whether any of the words is in these bytes, in whatever case.
    static func contains(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = bytes.baseAddress else { return false }
        for word in words where bytes.count >= word.count {
            for start in 0...(bytes.count - word.count) {
                guard base[start] | 0x20 == word[0] else { continue }
                var size = 1
                while size < word.count, base[start + size] | 0x20 == word[size] { size += 1 }
                if size == word.count { return true }
            }
        }
        return false
    }
}
