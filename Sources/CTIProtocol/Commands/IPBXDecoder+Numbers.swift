import TandemCore

// Destinations, numbers and plain values.
extension IPBXDecoder {
    /// Brings a destination into its form.
    func destination(
        _ text: String, _ argument: CTIArgument, at target: SiteID
    ) throws(IPBXFault) -> CTIAddress {
        switch try number(text, argument) ?? CTIAddress(text).map(resolved) {
        case .object(let id)? where Self.canBeCalled(id.key.type): return .object(id)
        case .number(let number, let site)?: return .number(number, site: site ?? target)
        case .myVoicemail?: throw .unusable(argument, "user \(requester.user) has no voicemail")
        default: throw .unusable(argument, "the destination is nothing that can be dialled")
        }
    }

    private static func canBeCalled(_ type: ObjectType) -> Bool {
        switch type {
        case .user, .phone, .voicemail, .meetme, .queue, .group: true
        case .agent, .queueMember, .channel, .trunk, .parking, .site: false
        }
    }

    func plainValue(_ text: String, _ argument: CTIArgument) throws(IPBXFault) -> IPBXCommand.Value {
        switch argument.kind {
        case .number:
            guard case .number(let number, _)? = try number(text, argument) ?? CTIAddress(text) else {
                throw .unusable(argument, "\(argument.name) is no number")
            }
            return .number(number)
        case .count:
            guard let number = Int(text), number >= 0 else {
                throw .unusable(argument, "\(argument.name) must be a whole number from 0 on")
            }
            return .integer(number)
        default: return .text(text)
        }
    }

    /// A number as people write it: `+33 (0)1-23.45`, `exten:paris/10 02`, `"Bob" <1002>`; nil: no number. Letters are
    /// left to `CTIAddress`.
    func number(_ text: String, _ argument: CTIArgument) throws(IPBXFault) -> CTIAddress? {
        // Everything that separates is ASCII, so bytes are enough; characters would cost ten times as much.
        var written = text.utf8[...]
        var site: SiteID?
        if text.hasPrefix("exten:") {
            let rest = written.dropFirst("exten:".utf8.count)
            guard let slash = rest.firstIndex(of: UInt8(ascii: "/")), let named = SiteID(String(rest[..<slash]) ?? "")
            else { throw .unusable(argument, "\(argument.name) must be exten:<ipbxid>/<number>") }
            site = named
            written = rest[rest.index(after: slash)...]
        } else if written.last == UInt8(ascii: ">"), let open = written.lastIndex(of: UInt8(ascii: "<")) {
            written = written[written.index(after: open)...].dropLast()
        }
        var needsCleaning = false
        for byte in written {
            if Self.isDigit(byte) { continue }
            guard Self.isSeparator(byte) else { return nil }
            needsCleaning = true
        }
        let digits =
            needsCleaning
            ? String(decoding: written.filter { !Self.isSeparator($0) }, as: UTF8.self) : String(written) ?? ""
        guard let number = Extension(digits) else {
            throw .unusable(argument, "\(argument.name) is no number that can be dialled")
        }
        return .number(number, site: site)
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "/"):
            true
        default: false
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "*"), UInt8(ascii: "#"): true
        default: false
        }
    }
}
