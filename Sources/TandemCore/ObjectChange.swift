/// One difference to one object at its home. Patches hold only the changed keys; a whole half is sent with `added`.
public enum ObjectChange: Hashable, Sendable {
    /// The object appeared (or a snapshot names it anew), with both halves whole.
    case added(ObjectKey, config: EncodedObject, status: EncodedObject)
    /// Keys of the configuration changed.
    case config(ObjectKey, patch: EncodedObject)
    /// Keys of the status changed.
    case status(ObjectKey, patch: EncodedObject)
    /// The object is gone (a tombstone in the log).
    case removed(ObjectKey)

    /// The object that changed.
    public var key: ObjectKey {
        switch self {
        case .added(let key, _, _), .config(let key, _), .status(let key, _), .removed(let key): key
        }
    }
}
