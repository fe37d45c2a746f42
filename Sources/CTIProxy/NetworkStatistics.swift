import TandemCore

/// Bytes and packets of a session.
struct NetworkStatistics {
    /// Ethernet, IP and TCP headers of one packet.
    static let headerBytes = 50

    /// When both connections stood; nil before.
    var began: Instant?
    private var clientBytes = 0
    private var serverBytes = 0
    private var clientPackets = 0
    private var serverPackets = 0

    /// Counts what was read at once.
    mutating func count(_ bytes: Int, from side: Side) {
        let packets = (bytes + ProxySession.portion - 1) / ProxySession.portion
        if side == .client {
            clientBytes += bytes
            clientPackets += packets
        } else {
            serverBytes += bytes
            serverPackets += packets
        }
    }

    private enum Value {
        case whole(Int)
        case fraction(Double)
    }

    /// The fourteen figures with their labels in their three parts.
    private func rows(at now: Instant) -> [[(label: String, value: Value)]] {
        let seconds = began.map { max(0, (now - $0).inSeconds) } ?? 0
        func rate(_ total: Int) -> Value { .fraction(seconds > 0 ? Double(total) / seconds : 0) }
        let bytes = clientBytes + serverBytes
        let packets = clientPackets + serverPackets
        let clientWire = clientBytes + Self.headerBytes * clientPackets
        let serverWire = serverBytes + Self.headerBytes * serverPackets
        let overhead = bytes > 0 ? Double(Self.headerBytes * packets) / Double(bytes) : 0
        return [
            [
                ("Running time", .fraction(seconds)), ("Client app bytes", .whole(clientBytes)),
                ("Server app bytes", .whole(serverBytes)), ("Total app bytes", .whole(bytes)),
                ("Avg app bytes/s", rate(bytes)),
            ],
            [
                ("Client IP packets", .whole(clientPackets)), ("Server IP packets", .whole(serverPackets)),
                ("Total IP packets", .whole(packets)), ("Average IP packets/s", rate(packets)),
            ],
            [
                ("Client wire bytes", .whole(clientWire)), ("Server wire bytes", .whole(serverWire)),
                ("Total wire bytes", .whole(clientWire + serverWire)),
                ("Total headers overhead", .fraction(overhead)),
                ("Average wire bytes/s", rate(clientWire + serverWire)),
            ],
        ]
    }

    private static func write(_ value: Value, into output: inout [UInt8]) {
        switch value {
        case .whole(let number): output.append(contentsOf: String(number).utf8)
        case .fraction(let number): NumberText.writeTwelveDigits(number, into: &output)
        }
    }

    /// The report's sixteen lines.
    func write(at now: Instant, into output: inout [UInt8]) {
        for (number, part) in rows(at: now).enumerated() {
            if number > 0 { output.append(contentsOf: "===========\n".utf8) }
            for row in part {
                output.append(contentsOf: "\(row.label):\t\(row.label == "Running time" ? "\t" : "")".utf8)
                Self.write(row.value, into: &output)
                output.append(0x0A)
            }
        }
    }

    /// The same figures as one object.
    func writeObject(at now: Instant, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "{"))
        for (place, row) in rows(at: now).joined().enumerated() {
            if place > 0 { output.append(contentsOf: ", ".utf8) }
            output.append(contentsOf: "\"\(row.label)\": ".utf8)
            Self.write(row.value, into: &output)
        }
        output.append(UInt8(ascii: "}"))
    }
}
