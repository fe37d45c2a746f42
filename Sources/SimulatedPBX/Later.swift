/// What is to happen later. What it names may be gone by then: it does nothing then.
enum Later: Hashable, Sendable {
    case react(channel: String)
    case dialTimeout(dial: Int)
    case talkEnd(bridge: String)
    case messageLeft(channel: String, mailbox: String)
    case messagesHeard(channel: String, mailbox: String)
    case hangUp(channel: String)
    case callQueue(queue: String)
    case parkTimeout(channel: String, serial: Int)
    case losePatience(channel: String)
    case traffic
}
