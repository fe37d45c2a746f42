import NIOCore

/// One door of a node: where it is, and how whoever comes in is served. To add an interface, write a listener and name it in
/// the list that `NodeAssembly` makes; opening, errors, the ready line and closing are the same for all.
///
/// Listeners live on the node's loop.
protocol NodeListener {
    /// What it is called in the configuration (`listen.<name>`) and in the ready line.
    var name: String { get }
    /// Where it is to listen.
    var place: ListenerPlace { get }
    /// Says why it cannot be opened as it is configured.
    func check() throws(NodeError)
    /// Equips the socket of somebody who came in, before its first byte; an error closes it.
    func accept(_ channel: any Channel) throws
    /// Does what is left to do once it listens.
    func opened()
    /// Does what is left to do once it is closed.
    func closed()
}

extension NodeListener {
    func check() throws(NodeError) {}
    func opened() {}
    func closed() {}
}
