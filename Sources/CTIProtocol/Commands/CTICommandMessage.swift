import TandemCore

/// A command that leaves a session for the site that executes it, in its types. At its own site it is never encoded;
/// the site that gets it over a link reads it with the same readers and checks it just as strictly.
public enum CTICommandMessage: Hashable, Sendable {
    /// Something for a PBX.
    case ipbxCommand(IPBXCommand)
    /// A text for a user, and who sends it.
    case chitchat(CTIChat, from: CTIRequester)
    /// A presence of a user.
    case availState(CTIPresenceChange)
    /// A command that somebody added to the protocol, or that nodes give each other.
    case other(EncodedObject)

    /// The form that crosses a link: one JSON object.
    public var encoded: EncodedObject {
        switch self {
        case .ipbxCommand(let command): command.encoded
        case .chitchat(let chat, let sender): EncodedObject(chat.message(from: sender))
        case .availState(let change): change.encoded
        case .other(let object): object
        }
    }

    /// Why what a peer sent is not executed.
    public struct Refusal: Error, Hashable, Sendable {
        /// For people.
        public let reason: String
        /// The value of `ipbxreply`; nil: the command has no such key.
        public let ipbxreply: JSONValue?
    }

    /// Reads what came over a link.
    ///
    /// - Parameters:
    ///   - verb: what the frame says that it is: an `ipbxcommand`'s command, or a class. The body must say the same.
    ///   - origin: who asks, from the frame.
    ///   - site: this site: the command must be one for it.
    ///   - isKnown: whether a site exists.
    public init(
        received body: EncodedObject, as verb: String, from origin: CTIRequester, at site: SiteID,
        reader: CTILineReader, isKnown: (SiteID) -> Bool
    ) throws(Refusal) {
        let outcome: Result<CTICommandMessage, Refusal>
        do throws(JSONError) {
            outcome = try reader.read(body.bytes) { request in
                do throws(Refusal) {
                    return .success(try Self.read(request, body, verb, origin, site, isKnown))
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw Refusal(reason: "the command is no JSON object: \(error)", ipbxreply: nil)
        }
        self = try outcome.get()
    }

    private static func read(
        _ request: CTIRequest, _ body: EncodedObject, _ verb: String, _ origin: CTIRequester, _ site: SiteID,
        _ isKnown: (SiteID) -> Bool
    ) throws(Refusal) -> CTICommandMessage {
        if let known = CTIVerb(rawValue: verb) {
            guard request.messageClass == .ipbxCommand, request.fields.verb == known else {
                throw Refusal(reason: "the command does not say that it is \(verb)", ipbxreply: false)
            }
            do throws(IPBXFault) {
                let command = try IPBXCommand(known, request.fields, from: origin, isKnown: isKnown)
                guard command.target == site else {
                    throw IPBXFault.elsewhere(known, command.target, site)
                }
                return .ipbxCommand(command)
            } catch {
                throw Refusal(reason: error.reason, ipbxreply: error.ipbxreply)
            }
        }
        do throws(CTICommandError) {
            switch CTIClass(rawValue: verb) {
            case .chitchat?: return .chitchat(try CTIChat(request.fields), from: origin)
            case .availState?: return .availState(try CTIPresenceChange(request.fields))
            default: return .other(body)
            }
        } catch {
            throw Refusal(reason: error.description, ipbxreply: nil)
        }
    }
}

extension IPBXFault {
    /// A command came to a site that does not execute it.
    static func elsewhere(_ verb: CTIVerb, _ target: SiteID, _ site: SiteID) -> IPBXFault {
        IPBXFault(
            ipbxreply: "ipbxid", reason: "this \(verb.rawValue) is executed at \(target), not at \(site)",
            fieldError: nil)
    }
}
