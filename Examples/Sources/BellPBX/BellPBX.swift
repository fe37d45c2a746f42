/// A PBX of ten lines: door stations that ring until somebody silences them.
public final class BellPBX {
    /// Those that there are.
    public let doors = ["front", "back"]
    /// Those that ring now.
    public private(set) var ringing: Set<String> = []
    /// Called with a door and whether it rings now.
    public var changed: (String, Bool) -> Void = { _, _ in }

    /// All doors are silent.
    public init() {}

    /// False when there is no such door, or it rings already.
    public func ring(_ door: String) -> Bool {
        guard doors.contains(door), ringing.insert(door).inserted else { return false }
        changed(door, true)
        return true
    }

    /// False when the door does not ring.
    public func silence(_ door: String) -> Bool {
        guard ringing.remove(door) != nil else { return false }
        changed(door, false)
        return true
    }
}
