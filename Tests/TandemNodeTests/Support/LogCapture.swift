import Logging
import NIOConcurrencyHelpers

/// Keeps what nodes log, so that a test can look for a line.
final class LogCapture: Sendable {
    /// One line.
    struct Line: Sendable, CustomStringConvertible {
        var site: String
        var level: Logger.Level
        var text: String
        var description: String { "\(site) \(level): \(text)" }
    }

    private let box = NIOLockedValueBox<[Line]>([])

    var lines: [Line] { box.withLockedValue { $0 } }

    /// Lines of a site, at this level or a graver one.
    func lines(of site: String, atLeast level: Logger.Level = .warning) -> [Line] {
        lines.filter { $0.site == site && $0.level >= level }
    }

    func forget() { box.withLockedValue { $0 = [] } }

    /// A logger that writes here.
    var logger: Logger {
        var logger = Logger(label: "capture") { [box] _ in Handler(box: box) }
        logger.logLevel = .debug
        return logger
    }

    private struct Handler: LogHandler {
        let box: NIOLockedValueBox<[Line]>
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .debug
        var metadataProvider: Logger.MetadataProvider?

        init(box: NIOLockedValueBox<[Line]>) { self.box = box }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let line = Line(site: metadata["site"]?.description ?? "", level: event.level, text: "\(event.message)")
            box.withLockedValue { $0.append(line) }
        }
    }
}
