import CTIProtocol

// What a profile lists is checked against the tables of classes and commands.
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
            element.reader.report(
                element.path,
                "\(known); \(hint(name, accepted))accepted: \(accepted.joined(separator: ", ")), "
                    + "or a class that an extension of this node registers",
                severity: .warning, at: element.node.mark)
            return name
        }
    }

    /// The commands that a profile lists in `ipbxcommands`.
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

    private func hint(_ text: String, _ accepted: [String]) -> String {
        closest(to: text, in: accepted).map { "did you mean \"\($0)\"? " } ?? ""
    }
}
