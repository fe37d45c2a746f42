import Logging

/// Hands everything to another handler, at a level that can change beneath the loggers that hold it. A logger that is given a
/// level of its own keeps that.
struct ReloadableLogHandler: LogHandler {
    private var target: any LogHandler
    private let shared: SharedLogLevel
    private var own: Logger.Level?

    init(_ target: any LogHandler, level: SharedLogLevel) {
        self.target = target
        shared = level
    }

    var logLevel: Logger.Level {
        get { own ?? shared.level }
        set { own = newValue }
    }

    var metadata: Logger.Metadata {
        get { target.metadata }
        set { target.metadata = newValue }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { target.metadataProvider }
        set { target.metadataProvider = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { target[metadataKey: key] }
        set { target[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) { target.log(event: event) }
}
