import TandemCore

/// The types of objects that may cross a link in one direction. A bit per type: asked for every change.
struct TypeFilter: Hashable, Sendable {
    private let bits: UInt32

    /// Only these types pass; nil: all.
    init(_ types: Set<ObjectType>?) {
        bits = types.map { $0.reduce(0) { $0 | 1 << UInt32($1.rawValue) } } ?? .max
    }

    /// Whether nothing is kept back.
    var isOpen: Bool { bits == .max }
    /// Whether objects of a type pass.
    func passes(_ type: ObjectType) -> Bool { bits & 1 << UInt32(type.rawValue) != 0 }
}
