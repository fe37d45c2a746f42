/// Renders the tables of classes and commands for the documentation.
public enum CTITableMarkdown {
    /// Both tables as Markdown, each with a line of heading cells; ends with a line break.
    public static func render() -> String {
        var lines = [
            "| Class | Direction | Required keys | Further keys | Needs | Profile | Answer | Eras | Purpose |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        for entry in CTIMessageClass.all {
            lines.append(
                row([
                    code(entry.name), entry.direction.rawValue, keys(entry.required), keys(entry.optional),
                    entry.isFromClient ? stage(entry.needs) : "",
                    entry.isFromClient && entry.isPermissioned ? "`regcommands`" : "", answer(entry.answer),
                    entry.eras, entry.summary,
                ]))
        }
        lines += [
            "", "| Command | Required keys | Further keys | Executed at the site of | Eras | Purpose |",
            "|---|---|---|---|---|---|",
        ]
        for entry in CTIVerbEntry.all {
            lines.append(
                row([
                    code(entry.name), keys(entry.required), keys(entry.optional), entry.executor.rawValue, entry.eras,
                    entry.summary,
                ]))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    private static func code(_ text: String) -> String { "`" + text + "`" }
    private static func keys(_ names: [String]) -> String { names.map(code).joined(separator: ", ") }

    private static func stage(_ stage: CTIStage) -> String {
        switch stage {
        case .connected: "nothing"
        case .identified: "`login_id`"
        case .authenticated: "`login_pass`"
        case .loggedIn: "`login_capas`"
        }
    }

    private static func answer(_ answer: CTIMessageClass.Answer) -> String {
        switch answer {
        case .one: "one line"
        case .several: "at once, then as the PBX answers"
        case .push: "pushed"
        }
    }
}
