/// A snapshot on its way out: the state at one position, kept by copy-on-write while the original moves on.
struct OutgoingSnapshot: Sendable {
    let copy: SiteCopy
    var typeIndex = 0
    var recordIndex = 0
    var chunk = 0
}
