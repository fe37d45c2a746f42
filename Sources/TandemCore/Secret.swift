/// A password, key or token. It prints as `***` everywhere; only `reveal()` gives the text, so every use is visible.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    /// Wraps a secret text.
    public init(_ text: String) { self.text = text }

    /// The secret itself, for the one place that needs it.
    public func reveal() -> String { text }

    /// Always `***`.
    public var description: String { "***" }
    /// Always `***`.
    public var debugDescription: String { "***" }
    /// Shows nothing, so that `dump` and string interpolation of an enclosing value stay safe.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
