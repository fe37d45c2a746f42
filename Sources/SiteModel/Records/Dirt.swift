/// What has changed in a record since it was last emitted. Bits are the record's own key bits.
struct Dirt: Sendable {
    var config: UInt32 = 0
    var status: UInt32 = 0
    /// The object has not been announced yet: it goes out whole.
    var isNew = true
    /// It stands in the model's list of touched objects already.
    var isListed = false
}
