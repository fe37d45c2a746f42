import TandemCore

/// Renders the tables of classes and commands for the documentation.
public enum CTITableMarkdown {
    /// The tables of classes, of commands and of what arguments may hold as Markdown, each with a line of heading cells; ends
    /// with a line break.
    public static func render() -> String {
        var lines = table(
            [
                "Class", "Direction", "Required keys", "Further keys", "Needs", "Profile", "Answered by", "Answer",
                "Eras",
                "Purpose",
            ],
            CTIMessageClass.all.map(cells))
        lines += [""]
        lines += table(
            [
                "Command", "Required keys", "Further keys", "Must be one's own", "Executed at the site of",
                "Needs of the PBX", "Deadline",
                "Profiles", "Eras", "Purpose",
            ],
            CTIVerbEntry.all.map(cells))
        lines += [""]
        lines += table(["What an argument names", "May hold", "At most"], values)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func table(_ heading: [String], _ rows: [[String]]) -> [String] {
        [row(heading), "|" + String(repeating: "---|", count: heading.count)] + rows.map(row)
    }

    private static func cells(_ entry: CTIMessageClass) -> [String] {
        var right = entry.isFromClient ? entry.right.rawValue : ""
        if let further = entry.rightForOthers { right += "; for another user " + code(further.rawValue) }
        return [
            code(entry.name), entry.direction.rawValue, fields(entry.required), fields(entry.optional),
            entry.isFromClient ? stage(entry.needs) : "", right, entry.isFromClient ? entry.executor.rawValue : "",
            entry.answer.rawValue, entry.eras, entry.summary,
        ]
    }

    private static func cells(_ entry: CTIVerbEntry) -> [String] {
        let sent = entry.arguments.filter(\.isSent)
        return [
            code(entry.name), arguments(sent.filter(\.isRequired)), arguments(sent.filter { !$0.isRequired }),
            own(entry), executor(entry), needs(entry.needs), entry.deadline.rawValue, profiles(entry), entry.eras,
            entry.summary,
        ]
    }

    /// What the arguments of the commands may hold, each once.
    private static var values: [[String]] {
        var rows: [[String]] = []
        for argument in CTIVerbEntry.all.flatMap(\.arguments) where argument.isSent {
            for row in argument.kind.values.map({ [$0.name, $0.alphabet, $0.longest] }) where !rows.contains(row) {
                rows.append(row)
            }
        }
        return rows
    }

    private static func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    private static func code(_ text: String) -> String { "`" + text + "`" }

    private static func fields(_ fields: [CTIField]) -> String {
        fields.map { $0.kind == .any ? code($0.name) : code($0.name) + " (\($0.kind.rawValue))" }
            .joined(separator: ", ")
    }

    private static func arguments(_ arguments: [CTIArgument]) -> String {
        arguments.map { argument in
            var text = code(argument.name) + " (\(argument.accepted))"
            var standIn = argument.standIn
            while let other = standIn {
                text += " or " + code(other.name) + " (\(other.accepted))"
                standIn = other.standIn
            }
            switch argument.absence {
            case .myAgent: text += ", by default the user's agent"
            case .me: text += ", by default the user"
            case .allowed, .missing: break
            }
            return text
        }.joined(separator: "; ")
    }

    private static func executor(_ entry: CTIVerbEntry) -> String {
        let deciding = entry.decides.compactMap { key in entry.arguments.first { $0.key == key } }
        // What follows from another argument is decided by that one.
        var places = deciding.map { code(($0.isSent ? $0.key : .member).rawValue) }
        if !deciding.contains(where: \.alwaysNamesSite) { places.append("the requester") }
        return places.joined(separator: ", else ")
    }

    private static func needs(_ need: CTICapabilityNeed) -> String {
        let words = need.capabilities.sorted().map { code($0.rawValue) }
        switch need {
        case .all: return words.joined(separator: " and ")
        case .any: return words.joined(separator: " or ")
        }
    }

    private static func own(_ entry: CTIVerbEntry) -> String {
        entry.arguments.filter { $0.isOwn && $0.isSent }.map { code($0.name) }.joined(separator: ", ")
    }

    private static func profiles(_ entry: CTIVerbEntry) -> String {
        switch entry.group {
        case .calls: "all people's" + (entry.concernsOthers ? "; of others `supervisor`, `switchboard`" : "")
        case .agents: "`agent`; of others as well `supervisor`, `switchboard`"
        case .supervision: "`supervisor`, `switchboard`, of others as well"
        }
    }

    private static func stage(_ stage: CTIStage) -> String {
        switch stage {
        case .connected: "nothing"
        case .identified: "`login_id`"
        case .authenticated: "`login_pass`"
        case .loggedIn: "`login_capas`"
        }
    }
}
