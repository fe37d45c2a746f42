/// What a core asks its shell to do, gathered in order until the shell takes it.
///
/// The shell lends its own emptied list (`take(into:)`): the two lists change places, so that in the steady state nothing
/// is allocated, and no list is cleared while somebody still reads it. Inlined into each core, so that it is compiled for
/// the core's own effects.
public struct EffectBuffer<Effect> {
    @usableFromInline var effects: [Effect] = []

    /// Nothing to do.
    @inlinable
    public init() {}

    /// Whether there is nothing to do.
    @inlinable
    public var isEmpty: Bool { effects.isEmpty }

    /// Adds what is to be done after everything before it.
    @inlinable
    public mutating func append(_ effect: Effect) { effects.append(effect) }

    /// Puts everything into a list, whose former content is dropped. The buffer is empty afterwards.
    @inlinable
    public mutating func take(into list: inout [Effect]) {
        list.removeAll(keepingCapacity: true)
        swap(&list, &effects)
    }

    /// Everything since the last call, in a list of its own.
    @inlinable
    public mutating func take() -> [Effect] {
        var taken: [Effect] = []
        swap(&taken, &effects)
        return taken
    }
}

extension EffectBuffer: Sendable where Effect: Sendable {}
