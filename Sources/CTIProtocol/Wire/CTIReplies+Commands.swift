import TandemCore

/// A line beside the answers to `ipbxcommand` (which follow the command's style, CTI reference 4.15).
extension CTIReplies {
    /// `dial_success`: the form of E2 and E3, sent beside the others (CTI reference 4.16).
    public static func dialSuccess(
        replyID: JSONValue?, number: String, now: Double, into writer: inout JSONWriter
    ) {
        reply(.dialSuccess, replyID: replyID, now: now, into: &writer) { writer in
            writer.key("exten")
            writer.string(number)
        }
    }
}
