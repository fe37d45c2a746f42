/// A PBX of ten lines: door stations whose bells ring until somebody answers at the door or silences them.
public final class BellPBX {
    /// What a door station does.
    public enum Door: Hashable, Sendable {
        /// Nothing, and it can be rung.
        case silent
        /// Its bell rings, for the call of this number.
        case ringing(call: Int)
        /// Somebody at the door talks, in the call of this number.
        case talking(call: Int)
        /// Its wire is broken.
        case broken
    }

    /// What the PBX says over its cable.
    public enum News: Hashable, Sendable {
        /// A door station was this before, and does something else now.
        case changed(String, before: Door)
        /// The cable was pulled out, or put in again.
        case cable(isPlugged: Bool)
    }

    /// The door stations by name.
    public private(set) var doors: [String: Door]
    /// Whether the cable to the listener is plugged in.
    public private(set) var isPlugged = true
    /// Who sits at the end of the cable.
    public var listener: (News) -> Void = { _ in }
    private var calls = 0

    /// All doors are silent.
    public init(doors: [String]) { self.doors = Dictionary(doors.map { ($0, .silent) }) { first, _ in first } }

    /// False when there is no such door, or it is not silent.
    @discardableResult
    public func ring(_ door: String) -> Bool {
        guard doors[door] == .silent else { return false }
        calls += 1
        change(door, to: .ringing(call: calls))
        return true
    }

    /// Somebody at the door answers its bell. False when it does not ring.
    @discardableResult
    public func answer(_ door: String) -> Bool {
        guard case .ringing(let call)? = doors[door] else { return false }
        change(door, to: .talking(call: call))
        return true
    }

    /// Ends a door's ringing or talking. False when it does neither.
    @discardableResult
    public func silence(_ door: String) -> Bool {
        switch doors[door] {
        case .ringing, .talking: change(door, to: .silent)
        default: return false
        }
        return true
    }

    /// The wire of a silent door breaks.
    public func breakWire(_ door: String) { if doors[door] == .silent { change(door, to: .broken) } }

    /// Pulls the cable out, or plugs it in again. Bells ring on.
    public func plug(_ isPlugged: Bool) {
        guard isPlugged != self.isPlugged else { return }
        self.isPlugged = isPlugged
        listener(.cable(isPlugged: isPlugged))
    }

    private func change(_ door: String, to new: Door) {
        let before = doors.updateValue(new, forKey: door) ?? .silent
        if isPlugged { listener(.changed(door, before: before)) }
    }
}
