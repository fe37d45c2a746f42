// What an object says that others have not said, compared as bytes: for every command, so without a tree.
extension EncodedObject {
    /// Four objects, of which some may be empty.
    public typealias Four = (EncodedObject, EncodedObject, EncodedObject, EncodedObject)

    /// This object without the members that one of the others has with the same value.
    ///
    /// - Parameter key: the only member that may be left out; nil: all may.
    public func subtracting(_ others: Four, only key: StaticString? = nil) -> EncodedObject {
        bytes.withUnsafeBufferPointer { text in
            func isLeftOut(_ member: MemberPlace) -> Bool {
                if let key, !member.isKey(key, in: text) { return false }
                let said = UnsafeBufferPointer(rebasing: text[member.keyStart..<member.end])
                return others.0.holds(said) || others.1.holds(said) || others.2.holds(said) || others.3.holds(said)
            }
            var scan = MemberScan(text)
            var hasAny = false
            while !hasAny, let member = scan.next() { hasAny = isLeftOut(member) }
            guard hasAny else { return self }
            var rest: [UInt8] = []
            rest.reserveCapacity(text.count)
            scan = MemberScan(text)
            while let member = scan.next() {
                guard !isLeftOut(member) else { continue }
                rest.append(rest.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
                rest.append(contentsOf: text[member.keyStart..<member.end])
            }
            guard !rest.isEmpty else { return .empty }
            rest.append(UInt8(ascii: "}"))
            return EncodedObject(trusted: rest)
        }
    }

    /// Whether a member of exactly these bytes is there.
    private func holds(_ said: UnsafeBufferPointer<UInt8>) -> Bool {
        guard !isEmpty else { return false }
        return bytes.withUnsafeBufferPointer { text in
            var scan = MemberScan(text)
            while let member = scan.next() {
                guard member.end - member.keyStart == said.count else { continue }
                var place = 0
                while place < said.count, text[member.keyStart + place] == said[place] { place += 1 }
                if place == said.count { return true }
            }
            return false
        }
    }
}
