import CTIProtocol
import SiteModel
import TandemCore

/// The part of the `login_capas` reply that tells a client what it may do and show (CTI reference 2.3).
struct Capabilities {
    let profile: CTIProfile
    /// What the own site's PBX can do.
    let pbx: Set<PBXCapability>
    /// What the PBXs of other sites can do.
    let pbxsElsewhere: [Set<PBXCapability>]
    /// Whether somebody answers a class.
    let isServed: (String) -> Bool
    let presences: [SiteConfiguration.Presence]
    let phoneStates: [CTIServerConfiguration.PhoneState]

    /// The array `capaxlets`.
    var xlets: JSONValue { .array(profile.xlets.map { .array($0.map { .string($0) }) }) }

    /// The object `capas`.
    var capas: EncodedObject { EncodedObject { write(to: &$0) } }

    /// The profile's classes that somebody answers.
    var regcommands: [String] { profile.regcommands.filter(isServed) }

    /// The profile's commands that the PBX of some site can carry out: a button that can only fail is not shown.
    var ipbxcommands: [String] {
        profile.ipbxcommands.filter { CTIVerb(rawValue: $0).map { canBeDone($0.entry) } ?? false }
    }

    /// A command that no argument sends to another site depends on the own one alone.
    private func canBeDone(_ row: CTIVerbEntry) -> Bool {
        row.needs.isMet(by: pbx) || (!row.decides.isEmpty && pbxsElsewhere.contains { row.needs.isMet(by: $0) })
    }

    private func write(to writer: inout JSONWriter) {
        writer.key("regcommands")
        Self.write(regcommands, to: &writer)
        writer.key("ipbxcommands")
        Self.write(ipbxcommands, to: &writer)
        writer.key("services")
        Self.write(profile.services.isEmpty ? [""] : profile.services, to: &writer)
        writer.key("preferences")
        writePreferences(to: &writer)
        writer.key("userstatus")
        writePresences(to: &writer)
        writer.key("phonestatus")
        writer.beginObject()
        for state in phoneStates {
            writer.key(state.code)
            Self.writeNames(state.longName, state.color, to: &writer)
            writer.endObject()
        }
        writer.endObject()
        // Kinds of the 2011 clients that no profile of ours configures.
        for kind: StaticString in ["functions", "channelstatus", "agentstatus"] {
            writer.key(kind)
            writer.beginObject()
            writer.endObject()
        }
    }

    private func writePreferences(to writer: inout JSONWriter) {
        guard !profile.preferences.isEmpty else { return writer.bool(false) }
        writer.beginObject()
        for (name, value) in profile.preferences.sorted(by: { $0.key < $1.key }) {
            writer.key(name)
            writer.string(value)
        }
        writer.endObject()
    }

    private func writePresences(to writer: inout JSONWriter) {
        writer.beginObject()
        for presence in presences {
            writer.key(presence.name)
            Self.writeNames(presence.longName, presence.color, to: &writer)
            writer.key("allowed")
            Self.write(presences.map(\.name).filter { $0 != presence.name }, to: &writer)
            writer.key("actions")
            writer.beginObject()
            writer.endObject()
            writer.endObject()
        }
        writer.endObject()
    }

    /// Opens an object with the two members that every state has.
    private static func writeNames(_ longName: String, _ color: String, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("longname")
        writer.string(longName)
        writer.key("color")
        writer.string(color)
    }

    private static func write(_ texts: [String], to writer: inout JSONWriter) {
        writer.beginArray()
        for text in texts { writer.string(text) }
        writer.endArray()
    }
}
