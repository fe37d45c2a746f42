import PBX
import TandemCore

/// Where a call can be sent: a number as dialled from this site, with what the caller's phone shows.
struct DialTarget {
    var number: Extension
    var context: ContextName
    var name: String
}

/// Where a call can start: what rings first, the context in which it dials, and its number if it has one.
struct CallSource {
    var party: CallParty
    var context: String
    var number: Extension?
    /// The name of whose phone it is.
    var name: String?
}
