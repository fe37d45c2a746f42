import Logging
import NIOConcurrencyHelpers

/// A log level that every logger of a node shares, so that a reload changes it for all of them: shell, driver and store.
final class SharedLogLevel: Sendable {
    private let box: NIOLockedValueBox<Logger.Level>

    init(_ level: Logger.Level) { box = NIOLockedValueBox(level) }

    var level: Logger.Level {
        get { box.withLockedValue { $0 } }
        set { box.withLockedValue { $0 = newValue } }
    }
}
