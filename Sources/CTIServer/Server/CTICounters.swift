/// What has happened at the CTI port since the start: above all, each kind of bad input.
public struct CTICounters: Hashable, Sendable {
    /// Connections that were opened.
    public var connections = 0
    /// Logins that succeeded.
    public var logins = 0
    /// Logins that were refused, for whatever reason.
    public var failedLogins = 0
    /// Logins that had to wait, or were turned away, because there were too many failures.
    public var throttledLogins = 0
    /// Connections that were closed before their login because others needed the place.
    public var strangersCut = 0
    /// Connections that did not finish their login in time.
    public var loginTimeouts = 0
    /// Lines received, empty ones not counted.
    public var lines = 0
    /// Bytes of these lines.
    public var bytesIn = 0
    /// Bytes sent to single clients (pushes are counted once, in `bytesPushed`).
    public var bytesOut = 0
    /// Bytes encoded for all clients at once.
    public var bytesPushed = 0
    /// Commands that reached a handler.
    public var commands = 0
    /// Commands that were handed on to the site that executes them.
    public var submissions = 0
    /// Lines that are no JSON object: syntax, UTF-8, nesting.
    public var invalidJSON = 0
    /// Objects without a usable `class`.
    public var missingClass = 0
    /// Classes that nobody registered.
    public var unknownClass = 0
    /// Commands that lack a required field.
    public var missingField = 0
    /// Commands with a field of the wrong JSON type.
    public var wrongType = 0
    /// Commands whose field has a value that cannot be used.
    public var invalidField = 0
    /// Lines beyond the limit.
    public var lineTooLong = 0
    /// Commands before the login was complete.
    public var notLoggedIn = 0
    /// Commands that the profile does not allow.
    public var unallowed = 0
    /// Commands refused because too many of that client are unanswered.
    public var tooManyPending = 0
    /// Answers for clients that had gone.
    public var answersDropped = 0

    /// All zero.
    public init() {}
}
