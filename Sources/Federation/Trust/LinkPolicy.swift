import TandemCore

/// What crosses a link. `open` is what a topology file means by a link without a policy of its own.
public struct LinkPolicy: Hashable, Sendable {
    /// Types of our own and relayed objects that the peer may see; nil: all.
    public var export: Set<ObjectType>?
    /// Types that we accept from the peer; nil: all.
    public var accept: Set<ObjectType>?
    /// Verbs (`dial`, `hangup`, `chitchat` …) that commands arriving over the link may carry to this site; nil: all.
    public var verbs: Set<String>?
    /// Everything may cross.
    public static let open = LinkPolicy(export: nil, accept: nil, verbs: nil)
    /// Makes a policy.
    public init(export: Set<ObjectType>?, accept: Set<ObjectType>?, verbs: Set<String>?) {
        self.export = export
        self.accept = accept
        self.verbs = verbs
    }
}
