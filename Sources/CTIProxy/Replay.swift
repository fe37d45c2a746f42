import CTIProtocol
import TandemCore

/// The client half of a saved dialogue, to be played against a server, and what the server answered then.
///
/// Answers are found by `replyid`; a message without `commandid` has the next saved answer of its class that has no
/// `replyid`. What a server says unasked is not compared. Pure: someone else sends and receives.
public struct Replay: Sendable {
    /// One message to send, and the answers that were saved.
    public struct Step: Sendable {
        /// Its place in the client's file, from 1.
        public var number: Int
        /// The line to send, without line feed.
        public var line: [UInt8]
        /// The message; nil when the line is no JSON object.
        public var message: JSONObject?
        /// The saved answers in their order.
        public var answers: [JSONObject] = []

        /// What the server's answers carry as `replyid`.
        public var commandID: JSONValue? { message?["commandid"].flatMap { $0.isNull ? nil : $0 } }
        /// The message's class.
        public var messageClass: String { message?["class"]?.stringValue ?? "no class" }

        /// What sending it does; a class or command that the table does not have may do anything.
        public var consequence: CTIConsequence {
            guard let message else { return .changes }
            guard let known = CTIClass(rawValue: messageClass) else { return .changes }
            if let consequence = known.consequence { return consequence }
            return message["command"]?.stringValue.flatMap(CTIVerb.init(rawValue:))?.entry.consequence ?? .changes
        }

        /// What is said of it before it is sent: `message 3 (ipbxcommand dial, commandid 7): calls somebody …`; nil for
        /// one that only reads.
        public var warning: String? {
            switch consequence {
            case .reads: nil
            case .changes: "\(title): changes something, or is not known to be harmless"
            case .calls: "\(title): makes, moves or ends calls"
            }
        }

        /// The line as it may be shown: secrets are masked.
        public var shownLine: String { Replay.text(of: line) }

        /// Whether it is a step of the login, and needs the proof of a password.
        public var isLoginStep: Bool { CTIClass(rawValue: messageClass)?.entry.isLoginStep ?? false }
        /// Whether it carries a proof, which is made anew.
        public var needsPassword: Bool {
            messageClass == CTIClass.loginPass.rawValue && message?["hashedpassword"] != nil
        }

        /// Why the login cannot go on with what the server answered; nil: it can, or was refused then as well.
        public func loginFailure(_ received: [JSONObject]) -> String? {
            guard isLoginStep, !answers.contains(where: { $0["error_string"] != nil }) else { return nil }
            guard let answer = received.first else {
                return answers.isEmpty ? nil : "the server does not answer the login"
            }
            guard let error = answer["error_string"] else { return nil }
            return "the server refuses the login: \(error.stringValue ?? error.description)"
        }

        /// Whether a received object is an answer to this message.
        public func isAnswered(by object: JSONObject) -> Bool {
            if let commandID { return object["replyid"] == commandID }
            return object["replyid"] == nil && object["class"] != nil && object["class"] == message?["class"]
        }

        /// `message 3 (getlist, commandid 7)`
        public var title: String {
            let command = message?["command"]?.stringValue.map { " " + $0 } ?? ""
            return "message \(number) (\(messageClass)\(command)\(commandID.map { ", commandid \($0)" } ?? ""))"
        }
    }

    /// The fields that differ from one session to the next.
    public static let volatile = ["timenow", "commandid", "replyid", "sessionid", "lastlogout-datetime"]
    /// Those that do at every level.
    private static let ages: Set<String> = ["age", "uptime"]

    /// The messages in the order of the file.
    public let steps: [Step]
    private let ignored: Set<String>

    /// Plans a replay of the two files of a dialogue; `ignoring` names further top-level keys that are not compared.
    public init(client: [SavedMessage], server: [SavedMessage], ignoring keys: [String] = []) {
        ignored = Set(Self.volatile + keys)
        var formatter = MessageFormatter()
        var tape = JSONTape()
        func object(_ message: SavedMessage) -> JSONObject? {
            try? JSONValue(parsing: message.bytes, depthLimit: JSONTape.maximumDepth).objectValue
        }
        var steps: [Step] = client.enumerated().map { place, saved in
            // An indented message goes over the wire as one line.
            let line = saved.bytes.withUnsafeBufferPointer { buffer -> [UInt8]? in
                guard (try? tape.parse(buffer, depthLimit: JSONTape.maximumLenientDepth, dialect: .lenient)) != nil
                else { return nil }
                return tape.withView(of: buffer) { view in
                    var line: [UInt8] = []
                    formatter.write(view, into: &line)
                    return line
                }
            }
            return Step(number: place + 1, line: line ?? saved.bytes, message: object(saved))
        }
        var waiting: [JSONValue: [Int]] = [:]
        for (place, step) in steps.enumerated().reversed() {
            if let id = step.commandID { waiting[id, default: []].append(place) }
        }
        for saved in server {
            guard let answer = object(saved) else { continue }
            if let id = answer["replyid"], !id.isNull {
                guard let place = waiting[id]?.last else { continue }
                steps[place].answers.append(answer)
                // An identifier used again belongs to the next message that has it, if there is one.
                if (waiting[id]?.count ?? 0) > 1 { waiting[id]?.removeLast() }
            } else if let place = steps.firstIndex(where: {
                $0.commandID == nil && $0.answers.isEmpty && $0.isAnswered(by: answer)
            }) {
                steps[place].answers.append(answer)
            }
        }
        self.steps = steps
    }

    /// The differences between the saved answers of a step and those received, each a line for people.
    public func differences(of step: Step, received: [JSONObject]) -> [String] {
        var lines: [String] = []
        for (place, saved) in step.answers.enumerated() {
            let title = step.answers.count > 1 ? "\(step.title), answer \(place + 1)" : step.title
            guard place < received.count else {
                lines.append("\(title): no answer; saved \(Self.shown(.object(saved), at: ""))")
                continue
            }
            var found: [String] = []
            compare(.object(saved), .object(received[place]), at: "", into: &found)
            lines += found.map { "\(title): \($0)" }
        }
        for extra in received.dropFirst(step.answers.count) {
            lines.append("\(step.title): one answer more than saved: \(Self.shown(.object(extra), at: ""))")
        }
        return lines
    }

    private func compare(_ saved: JSONValue, _ received: JSONValue, at path: String, into found: inout [String]) {
        guard saved != received else { return }
        if case .object(let old) = saved, case .object(let new) = received {
            for (key, old, new) in Self.paired(old, new) {
                guard !Self.ages.contains(key), !path.isEmpty || !ignored.contains(key) else { continue }
                let place = path.isEmpty ? key : path + "." + key
                switch (old, new) {
                case (let old?, let new?): compare(old, new, at: place, into: &found)
                case (let old?, nil): found.append("\(place): saved \(Self.shown(old, at: key)), now missing")
                case (nil, let new?): found.append("\(place): not saved, now \(Self.shown(new, at: key))")
                case (nil, nil): break
                }
            }
        } else if case .string(let old) = saved, case .string(let new) = received,
            ChosenNames.masked(old) == ChosenNames.masked(new)
        {
            return
        } else if ChosenNames.isMoment(saved), ChosenNames.isMoment(received) {
            return
        } else if case .array(let old) = saved, case .array(let new) = received, old.count == new.count {
            for place in old.indices { compare(old[place], new[place], at: "\(path)[\(place)]", into: &found) }
        } else {
            found.append("\(path): saved \(Self.shown(saved, at: path)), now \(Self.shown(received, at: path))")
        }
    }

    /// The members of two objects side by side in the order of their keys. Keys that the PBX chose are paired by their
    /// order, which is that of their beginnings.
    private static func paired(
        _ old: JSONObject, _ new: JSONObject
    ) -> [(key: String, old: JSONValue?, new: JSONValue?)] {
        var pairs: [(key: String, old: JSONValue?, new: JSONValue?)] = []
        for key in Set(old.keys).intersection(new.keys) { pairs.append((key, old[key], new[key])) }
        let gone = Dictionary(grouping: old.keys.filter { new[$0] == nil }.sorted(), by: ChosenNames.masked)
        let came = Dictionary(grouping: new.keys.filter { old[$0] == nil }.sorted(), by: ChosenNames.masked)
        for kind in Set(gone.keys).union(came.keys) {
            let (before, after) = (gone[kind] ?? [], came[kind] ?? [])
            for place in 0..<max(before.count, after.count) {
                let was = place < before.count ? before[place] : nil
                let now = place < after.count ? after[place] : nil
                pairs.append((was ?? now ?? "", was.flatMap { old[$0] }, now.flatMap { new[$0] }))
            }
        }
        return pairs.sorted { $0.key < $1.key }
    }

    /// A line with its secrets masked, or `***` for one that is no JSON and may hold one.
    private static func text(of line: [UInt8]) -> String {
        var tape = JSONTape()
        var text: [UInt8] = []
        line.withUnsafeBufferPointer { buffer in
            do {
                try tape.withParsed(buffer, depthLimit: JSONTape.maximumDepth) { view in
                    var formatter = MessageFormatter(masksSecrets: true)
                    formatter.write(view, into: &text)
                }
            } catch {
                text = SecretKeys.contains(buffer) ? Array("***".utf8) : line
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// A value as the tools print it, cut when it is long; secrets are not shown.
    private static func shown(_ value: JSONValue, at key: String) -> String {
        let isSecret = Array(key.utf8).withUnsafeBufferPointer { SecretKeys.contains($0) }
        if isSecret { return "\"***\"" }
        let text = text(of: value.encoded())
        return text.prefix(200) + (text.count > 200 ? " …" : "")
    }

    /// A line with another `hashedpassword`, made for the session that the server has just opened.
    public static func line(of message: JSONObject, hashedPassword: String) -> [UInt8] {
        var message = message
        message["hashedpassword"] = .string(hashedPassword)
        return message.encoded()
    }
}
