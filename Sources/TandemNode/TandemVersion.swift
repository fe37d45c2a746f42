/// The release.
public enum TandemVersion {
    /// Semantic version.
    public static let text = "0.1.0"
}
