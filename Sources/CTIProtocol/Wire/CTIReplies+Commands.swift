import TandemCore

/// Answers to `ipbxcommand` (CTI reference 4.15): one at once, the others as the PBX answers.
extension CTIReplies {
    /// The answer at once: `ipbxreply` is true when the action was written, or says why not.
    public static func command(
        _ command: String, replyID: JSONValue?, reply value: JSONValue, now: Double, into writer: inout JSONWriter
    ) {
        line(command, replyID, now, &writer) { writer in
            writer.key("ipbxreply")
            writer.value(value)
        }
    }

    /// A command that is unknown or not allowed: class, `replyid` and command, nothing else.
    public static func commandIgnored(
        _ command: String, replyID: JSONValue?, now: Double, into writer: inout JSONWriter
    ) {
        line(command, replyID, now, &writer) { _ in }
    }

    /// The PBX said yes (`ok`) or no (`ko`).
    public static func response(
        _ command: String, replyID: JSONValue?, isOK: Bool, now: Double, into writer: inout JSONWriter
    ) {
        line(command, replyID, now, &writer) { writer in
            writer.key("response")
            writer.literal(isOK ? "ok" : "ko")
        }
    }

    /// The channel that was made for an originate.
    public static func callChannel(
        _ command: String, replyID: JSONValue?, channel: String, now: Double, into writer: inout JSONWriter
    ) {
        line(command, replyID, now, &writer) { writer in
            writer.key("autocall_channel")
            writer.string(channel)
        }
    }

    /// The end of an originate; the reason is the AMI's, as a string: 4 answered, 0 unreachable, 1 hung up, 5 busy,
    /// 8 no answer.
    public static func originated(
        _ command: String, replyID: JSONValue?, channel: String?, reason: Int, now: Double,
        into writer: inout JSONWriter
    ) {
        line(command, replyID, now, &writer) { writer in
            if let channel {
                writer.key("channel")
                writer.string(channel)
            }
            writer.key("originatereason")
            writer.string(String(reason))
        }
    }

    /// `dial_success`: the form of E2 and E3, sent beside the others (CTI reference 4.16).
    public static func dialSuccess(
        replyID: JSONValue?, number: String, now: Double, into writer: inout JSONWriter
    ) {
        reply(.dialSuccess, replyID: replyID, now: now, into: &writer) { writer in
            writer.key("exten")
            writer.string(number)
        }
    }

    /// An `ipbxcommand` that failed with an `error_string`, e.g. `unreachable_extension:1002`.
    public static func commandError(
        _ command: String, replyID: JSONValue?, _ text: String, now: Double, into writer: inout JSONWriter
    ) {
        line(command, replyID, now, &writer) { writer in
            writer.key("error_string")
            writer.string(text)
        }
    }

    @inline(__always)
    private static func line(
        _ command: String, _ replyID: JSONValue?, _ now: Double, _ writer: inout JSONWriter,
        _ members: (inout JSONWriter) -> Void
    ) {
        reply(.ipbxCommand, replyID: replyID, now: now, into: &writer) { writer in
            writer.key("command")
            writer.string(command)
            members(&writer)
        }
    }
}
