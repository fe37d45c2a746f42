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
            guard let number = Int(text), (0...Limits.penalty).contains(number) else {
                throw .unusable(argument, "\(argument.name) must be a whole number from 0 to \(Limits.penalty)")
            }
            return .integer(number)
        case .context: return .text(try name(text, PBXNameKinds.Context.self, argument))
        default: return .text(try name(text, PBXNameKinds.Shown.self, argument))
        }
    }

    /// A number as people write it: `+33 (0)1-23.45`, `exten:paris/10 02`, `"Bob" <1002>`; nil: no number. Letters are
    /// left to `CTIAddress`.
    func number(_ text: String, _ argument: CTIArgument) throws(IPBXFault) -> CTIAddress? {
        var text = text
        switch text.withUTF8({ Self.written($0) }) {
        case .noNumber: return nil
        case .number(let number, let site): return .number(number, site: site)
        case .noSite: throw .unusable(argument, "\(argument.name) must be exten:<ipbxid>/<number>")
        case .unusable: throw .unusable(argument, "\(argument.name) is no number that can be dialled")
        }
    }

    /// What a text is as a number.
    private enum Written {
        case number(Extension, site: SiteID?)
        case noNumber
        /// `exten:` without a site.
        case noSite
        /// Nothing but separators, or too long.
        case unusable
    }

    /// Reads a number. Everything that separates is ASCII, so bytes are enough; characters would cost ten times as much.
    private static func written(_ text: UnsafeBufferPointer<UInt8>) -> Written {
        var digits = text[...]
        var site: SiteID?
        if text.starts(with: "exten:".utf8) {
            let rest = text.dropFirst("exten:".utf8.count)
            guard let slash = rest.firstIndex(of: UInt8(ascii: "/")),
                let named = SiteID(String(decoding: rest[..<slash], as: UTF8.self))
            else { return .noSite }
            site = named
            digits = rest[(slash + 1)...]
        } else if text.last == UInt8(ascii: ">"), let open = text.lastIndex(of: UInt8(ascii: "<")) {
            digits = text[(open + 1)...].dropLast()
        }
        var needsCleaning = false
        for byte in digits where !isDigit(byte) {
            guard isSeparator(byte) else { return .noNumber }
            needsCleaning = true
        }
        let clean =
            needsCleaning
            ? String(decoding: digits.filter { !isSeparator($0) }, as: UTF8.self)
            : String(decoding: digits, as: UTF8.self)
        return Extension(clean).map { .number($0, site: site) } ?? .unusable
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
