import PBX
import TandemCore

/// Reads `pbx:` by the descriptions of the registered drivers.
struct DriverReading {
    let drivers: [DriverDescription]

    /// Drivers that other releases know: a file that names one is told so.
    static let later = ["freeswitch", "sip"]

    private var names: [String] { drivers.map(\.name) + ["none"] }

    func read(_ cursor: Cursor) -> DriverSettings? {
        // Only the driver decides which further keys are meant, so it is looked up before the section is read.
        var all = ["driver"]
        for key in drivers.flatMap(\.keys).map(\.name) where !all.contains(key) { all.append(key) }
        guard let section = cursor.section(all), let field = section.required("driver", choice) else { return nil }
        if let word = field.scalarText, Self.later.contains(word), !names.contains(word) {
            field.fail(
                "the driver \"\(word)\" is not part of this release; accepted: \(names.joined(separator: ", "))")
            return nil
        }
        guard let name = field.word(names.map { ($0, $0) }) else { return nil }
        let driver = drivers.first { $0.name == name }
        let accepted = ["driver"] + (driver?.keys.map(\.name) ?? [])
        for (key, field) in section.fields where !accepted.contains(key) {
            field.fail("the driver \"\(name)\" has no such key; accepted: " + accepted.joined(separator: ", "))
        }
        guard let driver else { return DriverSettings.none }
        return read(section, driver)
    }

    /// `asterisk, simulated or none`.
    private var choice: String {
        drivers.isEmpty ? "none" : drivers.map(\.name).joined(separator: ", ") + " or none"
    }

    private func read(_ section: Section, _ driver: DriverDescription) -> DriverSettings? {
        var values: [String: DriverValue] = [:]
        var isComplete = true
        for key in driver.keys {
            let field = key.isRequired ? section.required(key.name, key.summary) : section[key.name]
            if let field { values[key.name] = key.kind.read(field) }
            if key.isRequired, values[key.name] == nil { isComplete = false }
        }
        let settings = DriverSettings(driver, values)
        for problem in driver.check(settings) {
            (section[problem.key] ?? section.cursor).fail(problem.message)
        }
        return isComplete ? settings : nil
    }
}

extension DriverKey.Kind {
    /// Reads a field of this kind; what is wrong with it is reported.
    fileprivate func read(_ field: Cursor) -> DriverValue? {
        switch self {
        case .host: field.text("a host name or address", where: ListenAddress.isHost).map(DriverValue.text)
        case .port: field.integer(1...65_535, "a port").map(DriverValue.number)
        case .text:
            field.text("a text without line breaks", where: { !$0.isEmpty && HeaderText($0) != nil })
                .map(DriverValue.text)
        case .context: field.text(Words.context, where: Words.isContext).map(DriverValue.text)
        case .secret: field.secret().map(DriverValue.secret)
        case .flag: field.boolean().map(DriverValue.flag)
        case .duration: field.duration().map(DriverValue.duration)
        case .number(let range): field.integer(range).map(DriverValue.number)
        case .address: field.address(allowAnyPort: false).map(DriverValue.address)
        case .file: field.text("a file name").map(DriverValue.file)
        }
    }

    /// What is accepted, for tables of keys.
    var words: String {
        switch self {
        case .host: "host name or address"
        case .port: "port"
        case .text: "text"
        case .context: "dialplan context"
        case .secret: "secret"
        case .flag: "true or false"
        case .duration: "duration"
        case .number(let range): range.upperBound == .max ? "number from \(range.lowerBound)" : "number \(range)"
        case .address: "HOST:PORT"
        case .file: "file name"
        }
    }
}

extension DriverSettings {
    /// `pbx:` as it reads back, in the order of the driver's description where that is known.
    func yaml(_ drivers: [DriverDescription]) -> YAMLText {
        let order = drivers.first { $0.name == driver }?.keys.map(\.name) ?? values.keys.sorted()
        return .map([("driver", .bare(driver))] + order.compactMap { key in values[key].map { (key, $0.yaml) } })
    }
}

extension DriverValue {
    fileprivate var yaml: YAMLText {
        switch self {
        case .text(let text), .file(let text): .text(text)
        case .secret(let secret): .text(secret.reveal())
        case .flag(let flag): .bare("\(flag)")
        case .number(let number): .bare("\(number)")
        case .duration(let duration): .text(DurationText.write(duration))
        case .address(let address): .text(address.description)
        }
    }

    /// As a table shows it.
    fileprivate var words: String {
        switch self {
        case .secret: ""
        case .text(let text), .file(let text): text
        case .flag(let flag): "\(flag)"
        case .number(let number): "\(number)"
        case .duration(let duration): DurationText.write(duration)
        case .address(let address): address.description
        }
    }
}

extension DriverDescription {
    /// The driver's keys as a table in Markdown, for the manual.
    public var markdown: String {
        var text = "`driver: \(name)`: \(summary).\n\n"
        text += "| key | accepted | if left out | what it is |\n| --- | --- | --- | --- |\n"
        for key in keys {
            let absent = key.isRequired ? "*refused*" : key.standard.map { "`\($0.words)`" } ?? ""
            text += "| `\(key.name)` | \(key.kind.words) | \(absent) | \(key.summary) |\n"
        }
        return text
    }
}
