import CTIProxy

/// The programs `ctispy`, `ctisave` and `ctistat`.
public enum ProxyProgram {
    /// Runs a tool with the arguments of the process, and ends the process with its exit code.
    public static func main(_ tool: ProxyTool) -> Never {
        System.prepareSignals()
        System.leave(run(tool, Array(CommandLine.arguments.dropFirst())))
    }

    private static func run(_ tool: ProxyTool, _ arguments: [String]) -> Int32 {
        switch OptionParser(tool).parse(arguments) {
        case .help(let text):
            System.say(text, to: System.output)
            return 0
        case .usageError(let text):
            System.say(text)
            return 2
        case .run(let options):
            return options.readsFiles ? showFiles(options) : ProxyRunner.run(options)
        }
    }

    /// `--from`: what was saved, shown as it would have been shown then.
    private static func showFiles(_ options: ToolOptions) -> Int32 {
        do throws(ProxyFailure) {
            // Read before anything is opened for writing: it may be the same file.
            var reader = SavedDialogue()
            let client = try load(options.from).map { reader.messages(in: $0, from: .client) } ?? []
            let server = try load(options.fromServer).map { reader.messages(in: $0, from: .server) } ?? []
            let recorder = try Recorder.open(options).get()
            var session = ProxySession(options)
            for message in reader.merged(client: client, server: server) where !options.hides(message.side) {
                recorder.record { output in
                    message.bytes.withUnsafeBufferPointer {
                        session.received(line: $0, from: message.side, at: nil, into: &output)
                    }
                }
                // A file is read faster than a terminal: what waits stays bounded.
                if recorder.isFull { _ = recorder.finish() }
            }
            recorder.record { session.ended(at: recorder.now(), into: &$0) }
            return recorder.finish() || options.tool != .save ? 0 : 1
        } catch {
            System.say("\(options.tool.rawValue): \(error)\n")
            return 1
        }
    }

    private static func load(_ path: String?) throws(ProxyFailure) -> [UInt8]? {
        guard let path else { return nil }
        switch System.read(path) {
        case .success(let bytes): return bytes
        case .failure(let error): throw ProxyFailure("\(path): cannot be read: \(error)")
        }
    }
}
