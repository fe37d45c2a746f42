import TandemCore

/// Where each endpoint can be reached: a set of contacts, each in its own state. What is told of one says nothing of the
/// others, and the address shown follows from the set, whatever the order in which it became known.
struct RegisteredContacts {
    /// By endpoint, then by the contact's URI (for a peer with one place: by its address): whether it answers.
    private var contacts: [String: [String: Bool]] = [:]

    /// The contact that is shown: of those that answer the first by name; nil when none does.
    func reachable(_ endpoint: String) -> String? {
        contacts[endpoint]?.filter(\.value).keys.min()
    }

    /// A contact came, was tested, or goes on.
    mutating func set(_ contact: String, of endpoint: String, isReachable: Bool) {
        guard contacts[endpoint]?[contact] != nil || contacts[endpoint]?.count ?? 0 < Limits.contactsOfEndpoint else {
            return
        }
        contacts[endpoint, default: [:]][contact] = isReachable
    }

    /// A contact went.
    mutating func remove(_ contact: String, of endpoint: String) {
        contacts[endpoint]?[contact] = nil
        if contacts[endpoint]?.isEmpty == true { contacts[endpoint] = nil }
    }

    /// The endpoint has these contacts and no others. What is known of one stays; of a new one is assumed what is told of
    /// all together.
    mutating func replace(_ endpoint: String, with listed: [String], areReachable: Bool) {
        let known = contacts.removeValue(forKey: endpoint) ?? [:]
        for contact in listed { set(contact, of: endpoint, isReachable: known[contact] ?? areReachable) }
    }

    /// The endpoint has this one place, or none, and answers there or not.
    mutating func settle(_ endpoint: String, at place: String?, isReachable: Bool) {
        contacts[endpoint] = place.map { [$0: isReachable] }
    }

    /// The endpoint answers, or does not, at the place known of it (events of peers without an address).
    mutating func setAll(of endpoint: String, isReachable: Bool) {
        for contact in contacts[endpoint]?.keys.sorted() ?? [] { contacts[endpoint]?[contact] = isReachable }
    }
}
