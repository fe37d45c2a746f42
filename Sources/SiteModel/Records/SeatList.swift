/// Somebody on a seat: a caller in a queue, a participant of a room. Named by the channel.
protocol Seat: Sendable {
    var channel: String { get set }
}

/// Seats in an order. One is found, taken and left without a walk over the others, however many there are; only a place in
/// the middle that is given as a number is counted to, from the nearer end.
struct SeatList<Element: Seat>: Sendable, Sequence {
    private struct Node: Sendable {
        var element: Element
        var previous: Int
        var next: Int
    }

    private var nodes: [Node] = []
    private var free: [Int] = []
    private var places: [String: Int] = [:]
    private var first = -1
    private var end = -1
    /// The seat that a list named last, how many it has named, and in which resync.
    private var listed = (channel: "", count: 0, resync: UInt32(0))

    var count: Int { places.count }
    var isEmpty: Bool { places.isEmpty }
    var last: Element? { end >= 0 ? nodes[end].element : nil }

    subscript(channel: String) -> Element? { places[channel].map { nodes[$0].element } }

    /// Changes a seat where it is; nil: there is none.
    mutating func edit<Result>(_ channel: String, _ body: (inout Element) -> Result) -> Result? {
        guard let place = places[channel] else { return nil }
        return body(&nodes[place].element)
    }

    /// The same seat, taken by the same channel under another name.
    mutating func rename(_ channel: String, to name: String, _ body: (inout Element) -> Void) {
        guard let place = places.removeValue(forKey: channel) else { return }
        places[name] = place
        nodes[place].element.channel = name
        body(&nodes[place].element)
        if listed.channel == channel { listed.channel = name }
    }

    mutating func append(_ element: Element) { link(add(element), after: end) }

    /// At a place from 0; beyond the end: at the end. A channel that has a seat already is put there.
    /// True: the order is another one.
    @discardableResult
    mutating func put(_ element: Element, at place: Int) -> Bool {
        let known = places[element.channel]
        if let known {
            nodes[known].element = element
            if index(of: known, upTo: place) == place { return false }
            unlink(known)
        }
        let node = known ?? add(element)
        link(node, after: before(place))
        return true
    }

    /// Behind the one that was listed before it in the same resync, which names all in their order.
    /// True: the order is another one.
    @discardableResult
    mutating func list(_ element: Element, isFirst: Bool, resync: UInt32) -> Bool {
        let ahead = isFirst || listed.resync != resync ? -1 : places[listed.channel] ?? -1
        listed = (element.channel, isFirst || listed.resync != resync ? 1 : listed.count + 1, resync)
        let known = places[element.channel]
        if let known {
            nodes[known].element = element
            if nodes[known].previous == ahead { return false }
            // Itself listed twice in a row.
            guard known != ahead else { return false }
            unlink(known)
        }
        link(known ?? add(element), after: ahead)
        return true
    }

    /// How many seats a list has named so far in a resync.
    func listedCount(in resync: UInt32) -> Int { listed.resync == resync ? listed.count : 0 }

    @discardableResult
    mutating func remove(_ channel: String) -> Element? {
        guard let place = places.removeValue(forKey: channel) else { return nil }
        if listed.channel == channel {
            // The next that is listed follows the one before.
            let ahead = nodes[place].previous
            listed.channel = ahead >= 0 ? nodes[ahead].element.channel : ""
        }
        unlink(place)
        free.append(place)
        return nodes[place].element
    }

    mutating func removeAll() { self = SeatList() }

    func makeIterator() -> AnyIterator<Element> {
        var place = first
        return AnyIterator {
            guard place >= 0 else { return nil }
            defer { place = nodes[place].next }
            return nodes[place].element
        }
    }

    // MARK: Links

    private mutating func add(_ element: Element) -> Int {
        let node = Node(element: element, previous: -1, next: -1)
        if let place = free.popLast() {
            nodes[place] = node
            places[element.channel] = place
            return place
        }
        nodes.append(node)
        places[element.channel] = nodes.count - 1
        return nodes.count - 1
    }

    private mutating func link(_ place: Int, after ahead: Int) {
        let behind = ahead >= 0 ? nodes[ahead].next : first
        nodes[place].previous = ahead
        nodes[place].next = behind
        if ahead >= 0 { nodes[ahead].next = place } else { first = place }
        if behind >= 0 { nodes[behind].previous = place } else { end = place }
    }

    private mutating func unlink(_ place: Int) {
        let (ahead, behind) = (nodes[place].previous, nodes[place].next)
        if ahead >= 0 { nodes[ahead].next = behind } else { first = behind }
        if behind >= 0 { nodes[behind].previous = ahead } else { end = ahead }
    }

    /// The node before a place; -1: it is the first.
    private func before(_ place: Int) -> Int {
        // The seat that is being put is in the table and not in the order.
        let linked = places.count - 1
        if place <= 0 { return -1 }
        if place < linked / 2 {
            var node = first
            for _ in 1..<place where node >= 0 && nodes[node].next >= 0 { node = nodes[node].next }
            return node
        }
        var node = end
        var index = linked - 1
        while index >= place, node >= 0 {
            node = nodes[node].previous
            index -= 1
        }
        return node
    }

    private func index(of node: Int, upTo limit: Int) -> Int {
        var (place, index) = (nodes[node].previous, 0)
        while place >= 0, index <= limit {
            place = nodes[place].previous
            index += 1
        }
        return index
    }
}
