import Logging
import NIOCore
import PBX
import SiteModel
import TandemCore

/// Makes drivers of one kind. A new kind of PBX is one factory, and one line in the list of the composition root.
public protocol PBXDriverFactory: Sendable {
    /// Its word, keys, and what is rendered for it.
    var description: DriverDescription { get }
    /// Makes a driver from settings that were checked against the description; `start` connects. Called on the loop.
    ///
    /// - Throws: what is wrong with the settings in a way that only shows here.
    func make(_ settings: DriverSettings, in context: DriverContext) throws -> any PBXDriver
}

/// What a driver is given by its node.
public struct DriverContext {
    /// The node's loop: the driver lives there and is called there.
    public var loop: any EventLoop
    /// For changes of the connection and refusals. Never to be told a secret.
    public var logger: Logger
    /// The objects of the site as configured.
    public var site: SiteConfiguration
    /// Names this life of the node, so that answers for an earlier one are not taken for ours.
    public var life: SiteID
    /// The present, of both clocks.
    public var now: () -> Moment
    /// A number in 0..<1, for the jitter of waits.
    public var random: () -> Double

    /// Makes a context.
    public init(
        loop: any EventLoop, logger: Logger, site: SiteConfiguration, life: SiteID, now: @escaping () -> Moment,
        random: @escaping () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.loop = loop
        self.logger = logger
        self.site = site
        self.life = life
        self.now = now
        self.random = random
    }
}

/// Settings that a driver cannot be made from, though each key is right by itself.
public struct DriverError: Error, Hashable, CustomStringConvertible {
    /// What is wrong and what to do.
    public var description: String
    /// Makes an error.
    public init(_ description: String) { self.description = description }
}
