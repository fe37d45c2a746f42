/// One member of an encoded object: where its key and its value lie.
struct MemberPlace {
    /// The opening quote of the key.
    let keyStart: Int
    /// One past the closing quote of the key.
    let keyEnd: Int
    /// The first byte of the value.
    var valueStart: Int { keyEnd + 1 }
    /// One past the value.
    let end: Int

    /// The key, unescaped.
    func keyText(in text: UnsafeBufferPointer<UInt8>) -> String {
        guard let base = text.baseAddress else { return "" }
        return JSONScan.unescaped(base, keyStart + 1, keyEnd - 1)
    }
}

extension MemberPlace {
    /// Whether the key is exactly this one, of plain ASCII: our writer never escapes such a key.
    func isKey(_ key: StaticString, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = text.baseAddress else { return false }
        return JSONScan.equals(base + keyStart + 1, keyEnd - keyStart - 2, key)
    }
}

/// Walks the top-level members of a compact, valid object without validating it again. Bytes that are not such an
/// object end the walk; they never make it read outside the text.
struct MemberScan {
    private let text: UnsafeBufferPointer<UInt8>
    private var place = 1

    init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

    mutating func next() -> MemberPlace? {
        guard let base = text.baseAddress, place < text.count, base[place] == Byte.quote else { return nil }
        let keyStart = place
        let keyEnd = Self.endOfString(base, place, text.count)
        guard keyEnd < text.count, base[keyEnd] == Byte.colon else { return nil }
        var depth = 0
        place = keyEnd &+ 1
        while place < text.count {
            let byte = base[place]
            if byte == Byte.quote {
                place = Self.endOfString(base, place, text.count)
                continue
            }
            // '[' and '{' open, ']' and '}' close; no other byte outside strings has these values.
            if byte == Byte.openBrace || byte == Byte.openBracket {
                depth &+= 1
            } else if byte == Byte.closeBrace || byte == Byte.closeBracket {
                if depth == 0 { break }
                depth &-= 1
            } else if byte == Byte.comma, depth == 0 {
                break
            }
            place &+= 1
        }
        let end = Swift.min(place, text.count)
        place = end &+ 1
        return MemberPlace(keyStart: keyStart, keyEnd: keyEnd, end: end)
    }

    @inline(__always)
    private static func endOfString(_ base: UnsafePointer<UInt8>, _ quote: Int, _ length: Int) -> Int {
        var place = quote &+ 1
        while true {
            place = JSONScan.plainPrefix(base, place, length)
            guard place < length else { return length }
            if base[place] == Byte.quote { return place &+ 1 }
            place &+= base[place] == Byte.backslash ? 2 : 1
        }
    }
}

/// Merges two encoded objects by copying stretches of bytes.
enum MemberSplice {
    /// Up to this many members of a patch are compared one by one; a larger patch is looked up by hash.
    private static let walkLimit = 24

    static func merge(_ base: [UInt8], _ patch: [UInt8]) -> [UInt8] {
        base.withUnsafeBufferPointer { base in
            patch.withUnsafeBufferPointer { patch in
                withUnsafeTemporaryAllocation(of: MemberPlace.self, capacity: walkLimit) { members in
                    var scan = MemberScan(patch)
                    var count = 0
                    while let member = scan.next() {
                        guard count < walkLimit else { return mergeByHash(base, patch) }
                        members[count] = member
                        count += 1
                    }
                    let known = UnsafeBufferPointer(rebasing: members[..<count])
                    return splice(base, patch, known) { key in
                        for (place, member) in known.enumerated()
                        where same(patch, member.keyStart, member.keyEnd, base, key.keyStart, key.keyEnd) {
                            return place
                        }
                        return nil
                    }
                }
            }
        }
    }

    private static func mergeByHash(
        _ base: UnsafeBufferPointer<UInt8>, _ patch: UnsafeBufferPointer<UInt8>
    ) -> [UInt8] {
        var members: [MemberPlace] = []
        var places: [String: Int] = [:]
        var scan = MemberScan(patch)
        while let member = scan.next() {
            places[rawKey(member, patch)] = members.count
            members.append(member)
        }
        return members.withUnsafeBufferPointer { known in
            splice(base, patch, known) { places[rawKey($0, base)] }
        }
    }

    private static func rawKey(_ member: MemberPlace, _ text: UnsafeBufferPointer<UInt8>) -> String {
        String(decoding: text[member.keyStart..<member.keyEnd], as: UTF8.self)
    }

    @inline(__always)
    private static func same(
        _ left: UnsafeBufferPointer<UInt8>, _ leftStart: Int, _ leftEnd: Int,
        _ right: UnsafeBufferPointer<UInt8>, _ rightStart: Int, _ rightEnd: Int
    ) -> Bool {
        guard leftEnd &- leftStart == rightEnd &- rightStart, let left = left.baseAddress,
            let right = right.baseAddress
        else { return false }
        return JSONScan.equals(left + leftStart, right + rightStart, leftEnd &- leftStart)
    }

    /// Copies the base's members, each with the patch's value where `find` knows one, then the patch's new members.
    @inline(__always)
    private static func splice(
        _ base: UnsafeBufferPointer<UInt8>, _ patch: UnsafeBufferPointer<UInt8>,
        _ members: UnsafeBufferPointer<MemberPlace>, _ find: (MemberPlace) -> Int?
    ) -> [UInt8] {
        withUnsafeTemporaryAllocation(of: Bool.self, capacity: members.count) { used in
            used.initialize(repeating: false)
            return Array(unsafeUninitializedCapacity: base.count + patch.count) { output, size in
                size = 0
                func copy(_ source: UnsafeBufferPointer<UInt8>, _ from: Int, _ to: Int) {
                    guard let start = source.baseAddress, let target = output.baseAddress, to > from else { return }
                    (target + size).initialize(from: start + from, count: to - from)
                    size += to - from
                }
                // Stretches of the base that stay as they are go over in one piece.
                var pending = 0
                var end = 1
                var scan = MemberScan(base)
                while let member = scan.next() {
                    end = member.end
                    guard let place = find(member) else { continue }
                    used[place] = true
                    copy(base, pending, member.valueStart)
                    copy(patch, members[place].valueStart, members[place].end)
                    pending = member.end
                }
                copy(base, pending, end)
                for (place, member) in members.enumerated() where !used[place] {
                    if size > 1 {
                        output[size] = Byte.comma
                        size += 1
                    }
                    copy(patch, member.keyStart, member.end)
                }
                output[size] = Byte.closeBrace
                size += 1
            }
        }
    }
}
