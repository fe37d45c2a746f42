import CTIProxy
import NIOCore

/// Where the sessions of one run write: standard output, or the two files of `ctisave`.
final class Recorder {
    let options: ToolOptions
    private let main: OutputWriter
    private let second: OutputWriter
    private var clock = LocalClock()
    private var output = ProxyOutput()
    private var hasComplained = false

    private init(_ options: ToolOptions, main: OutputWriter, second: OutputWriter) {
        self.options = options
        self.main = main
        self.second = second
    }

    /// Opens the files of `ctisave`, emptied; the same file twice is one file, with the messages in their order.
    static func open(_ options: ToolOptions) -> Result<Recorder, ProxyFailure> {
        guard options.tool == .save else {
            let writer = OutputWriter(descriptor: System.output)
            return .success(Recorder(options, main: writer, second: writer))
        }
        var descriptors: [Int32] = []
        for path in [options.clientFile, options.serverFile] {
            switch System.open(path, empties: true) {
            case .success(let descriptor): descriptors.append(descriptor)
            case .failure(let error):
                return .failure(
                    ProxyFailure("\(path): cannot be opened for writing: \(error); name a file that you may write"))
            }
        }
        let main = OutputWriter(descriptor: descriptors[0])
        let isSame = System.isSame(descriptors[0], descriptors[1])
        return .success(
            Recorder(options, main: main, second: isSame ? main : OutputWriter(descriptor: descriptors[1])))
    }

    /// The present.
    func now() -> Stamp { clock.now() }

    /// Whether the sources have to pause because nobody takes the output.
    var isFull: Bool { main.isFull || second.isFull }

    /// Called on another thread when the sources may go on.
    func onRoom(_ body: @escaping @Sendable () -> Void) {
        main.onRoom(body)
        if second !== main { second.onRoom(body) }
    }

    /// Whether the output can no longer be written.
    var hasFailed: Bool { main.failure != 0 || second.failure != 0 }

    /// Hands what sessions wrote to the writers.
    func record(_ body: (inout ProxyOutput) -> Void) {
        body(&output)
        main.append(&output.main)
        second.append(&output.second)
        complainOnce()
    }

    private func complainOnce() {
        guard hasFailed, !hasComplained else { return }
        hasComplained = true
        let code = main.failure != 0 ? main.failure : second.failure
        let place =
            options.tool != .save ? "standard output" : main.failure != 0 ? options.clientFile : options.serverFile
        System.say(
            "\(options.tool.rawValue): \(place): cannot be written: \(System.text(of: code)); the dialogue goes on unrecorded\n"
        )
    }

    /// Waits until everything is written. False when something was lost.
    func finish() -> Bool {
        main.finish()
        if second !== main { second.finish() }
        complainOnce()
        return !hasFailed
    }
}

/// Why a tool cannot do its work: one sentence.
struct ProxyFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
