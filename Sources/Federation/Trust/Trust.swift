import TandemCore

/// Decides what a peer may be, see, send and do: every question of policy is asked here, and nothing else decides.
///
/// The answers follow from the configuration alone: the links with their `LinkPolicy`. A peer that is not configured
/// sees nothing, sends nothing and does nothing.
struct Trust: Sendable {
    private let site: SiteID
    private let allowUnauthenticated: Bool
    private var peers: [SiteID: Rules]

    private struct Rules: Sendable {
        let exports: TypeFilter
        let accepts: TypeFilter
        let verbs: Set<String>?
    }

    init(_ configuration: FederationConfiguration) {
        site = configuration.site
        allowUnauthenticated = configuration.allowUnauthenticated
        peers = [:]
        for link in configuration.links where link.peer != configuration.site {
            peers[link.peer] = Rules(
                exports: TypeFilter(link.policy.export), accepts: TypeFilter(link.policy.accept),
                verbs: link.policy.verbs)
        }
    }

    // MARK: Who may come in?

    /// Why someone who names itself is not let in; nil: it is welcome.
    ///
    /// - Parameter certificate: the site in its certificate; nil for a connection without one.
    /// - Parameter target: the site that was dialled; nil when it came to us.
    func objection(to claimed: SiteID, certificate: SiteID?, target: SiteID?) -> String? {
        if claimed == site { return "site \(site) is this node's own name" }
        if let certificate {
            if certificate != claimed { return "the certificate names \(certificate), the greeting \(claimed)" }
        } else if !allowUnauthenticated {
            return "no certificate proves that this is \(claimed)"
        }
        if let target, target != claimed { return "\(target) was dialled, \(claimed) answers" }
        if peers[claimed] == nil { return "\(claimed) is no configured peer of \(site)" }
        return nil
    }

    // MARK: What may it see and send?

    /// The types of objects, our own and relayed ones, that a peer may see.
    func exports(to peer: SiteID) -> TypeFilter { peers[peer]?.exports ?? TypeFilter([]) }

    /// The types of objects that we take from a peer.
    func accepts(from peer: SiteID) -> TypeFilter { peers[peer]?.accepts ?? TypeFilter([]) }

    // MARK: What may it do?

    /// The verdict about a command.
    enum CommandVerdict: Hashable, Sendable {
        case allowed
        /// Nobody gives commands in the name of our own people.
        case forgedOrigin
        /// The link's policy does not name the verb.
        case forbiddenVerb
    }

    /// Whether a command that a peer hands to us may go on. Only the executing site looks at the verb.
    func verdict(on request: CommandRequest, from peer: SiteID) -> CommandVerdict {
        if request.origin.site == site { return .forgedOrigin }
        if request.target == site {
            guard let rules = peers[peer], rules.verbs?.contains(request.verb) ?? true else { return .forbiddenVerb }
        }
        return .allowed
    }
}
