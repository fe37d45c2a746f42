import CTIProtocol
import Federation

// What a profile or a link lists is checked against the tables of classes and commands.
extension Cursor {
    /// The classes that a profile lists in `regcommands`.
    ///
    /// A class that is not of the protocol may be one that an extension of the node registers (docs/extending.md): that
    /// is known only when the node runs, so it is kept, with a warning for those who mistyped.
    func messageClasses() -> [String]? {
        list("a list of command classes") { element in
            guard let name = element.text() else { return nil }
            let accepted = CTIMessageClass.all.filter(\.isFromClient).map(\.name)
            guard !accepted.contains(name) else { return name }
            let known =
                CTIClass(rawValue: name) != nil
                ? "clients never send \"\(name)\"" : "the protocol has no class \"\(name)\""
            element.warn(
                "\(known); \(hint(name, accepted))accepted: \(accepted.joined(separator: ", ")), "
                    + "or a class that an extension of this node registers")
            return name
        }
    }

    /// The commands that a profile lists in `ipbxcommands` or `ipbxcommands_others`.
    func verbs() -> [String]? {
        list("a list of commands to the PBX") { element in
            guard let name = element.text() else { return nil }
            guard CTIVerb(rawValue: name) == nil else { return name }
            let accepted = CTIVerbEntry.all.map(\.name)
            element.fail(
                "no such command \"\(name)\"; \(hint(name, accepted))accepted: \(accepted.joined(separator: ", "))")
            return nil
        }
    }

    /// The commands that a link lets through. One that is not of the protocol may be an extension's: it is kept, with a
    /// warning for those who mistyped.
    func linkVerbs() -> Set<String>? {
        list("a list of verbs such as dial, hangup, chitchat") { element in
            guard let name = element.text() else { return nil }
            let accepted = Self.linkVerbs
            guard !accepted.contains(name) else { return name }
            element.warn(
                "no command \"\(name)\" crosses links; \(hint(name, accepted))accepted: "
                    + "\(accepted.joined(separator: ", ")), or a command that an extension of this node submits")
            return name
        }.map(Set.init)
    }

    /// Commands to PBXs, what concerns users of other sites, and what nodes tell each other.
    private static let linkVerbs =
        CTIVerbEntry.all.map(\.name) + CTIMessageClass.all.filter { $0.executor == .addressee }.map(\.name)
        + NodeVerb.allCases.map(\.rawValue)

    private func hint(_ text: String, _ accepted: [String]) -> String {
        closest(to: text, in: accepted).map { "did you mean \"\($0)\"? " } ?? ""
    }
}
