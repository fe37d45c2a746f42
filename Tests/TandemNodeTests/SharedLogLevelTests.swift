import Logging
import Testing

@testable import TandemNode

@Suite("Log level") struct SharedLogLevelTests {
    @Test("a changed level counts for every logger that was made before, but not for one with a level of its own")
    func change() {
        let capture = LogCapture()
        let level = SharedLogLevel(.info)
        let handler = ReloadableLogHandler(capture.logger.handler, level: level)
        var node = Logger(label: "node") { _ in handler }
        node[metadataKey: "site"] = "paris"
        let driver = node
        var quiet = node
        quiet.logLevel = .error
        driver.debug("first")
        level.level = .debug
        driver.debug("second")
        node.debug("third")
        quiet.warning("fourth")
        #expect(capture.lines.map(\.description) == ["paris debug: second", "paris debug: third"])
    }
}
