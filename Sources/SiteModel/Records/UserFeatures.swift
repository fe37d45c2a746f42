/// The call features of a user that `featuresput` sets (CTI reference 4.6). The node keeps them; a PBX that has
/// features of its own is told by its driver.
public struct UserFeatures: Hashable, Sendable {
    /// A forward of one kind.
    public struct Forward: Hashable, Sendable {
        /// Whether calls are forwarded.
        public var isEnabled: Bool
        /// Where to; kept while the forward is off.
        public var destination: String
        /// Makes a forward.
        public init(isEnabled: Bool = false, destination: String = "") {
            self.isEnabled = isEnabled
            self.destination = destination
        }
    }
    /// `enablednd`.
    public var doNotDisturb = false
    /// `incallfilter`.
    public var callFilter = false
    /// `enablevoicemail`; nil: on exactly when the user has a mailbox.
    public var voicemail: Bool?
    /// `enablerecording`.
    public var recording = false
    /// `enableunc`, `destunc`.
    public var unconditional = Forward()
    /// `enablerna`, `destrna`.
    public var noAnswer = Forward()
    /// `enablebusy`, `destbusy`.
    public var busy = Forward()
    /// All features off.
    public init() {}
}

/// One feature with its new value.
public enum UserFeature: Hashable, Sendable {
    /// `enablednd`.
    case doNotDisturb(Bool)
    /// `incallfilter`.
    case callFilter(Bool)
    /// `enablevoicemail`.
    case voicemail(Bool)
    /// `enablerecording`.
    case recording(Bool)
    /// `enableunc`, `destunc`: all calls. Enabling with an empty destination disables.
    case unconditional(UserFeatures.Forward)
    /// `enablerna`, `destrna`: calls that are not answered.
    case noAnswer(UserFeatures.Forward)
    /// `enablebusy`, `destbusy`: calls while busy.
    case busy(UserFeatures.Forward)
}
