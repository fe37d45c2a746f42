import TandemCore

/// What has changed in a record since it was last emitted. Bits are the record's own key bits.
struct Dirt: Sendable {
    var config: UInt32 = 0
    var status: UInt32 = 0
    /// The object has not been announced yet: it goes out whole.
    var isNew = true
    /// It stands in the model's list of touched objects already.
    var isListed = false

    /// Keys of long lists that are told later, the moment at which the record's lists were told last, and whether the
    /// record is among those that wait.
    var held: UInt32 = 0
    var toldAt: Instant?
    var isWaiting = false

    /// What changed has been told; what waits goes on waiting.
    mutating func clear() {
        config = 0
        status = 0
        isNew = false
        isListed = false
    }
}
