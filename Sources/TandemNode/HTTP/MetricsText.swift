/// Collects metrics in the Prometheus text format: all samples of a name stand together, under its help and type.
struct MetricsText {
    private var order: [String] = []
    private var families: [String: (head: String, samples: String)] = [:]

    /// The whole page.
    var text: String { order.compactMap { families[$0] }.map { $0.head + $0.samples }.joined() }

    mutating func gauge(_ name: String, _ help: String, _ value: Double, _ labels: [String: String] = [:]) {
        add(name, "gauge", help, value, labels)
    }

    mutating func counter(_ name: String, _ help: String, _ value: Double, _ labels: [String: String] = [:]) {
        add(name + "_total", "counter", help, value, labels)
    }

    private mutating func add(
        _ name: String, _ type: String, _ help: String, _ value: Double, _ labels: [String: String]
    ) {
        if families[name] == nil {
            order.append(name)
            families[name] = ("# HELP \(name) \(help)\n# TYPE \(name) \(type)\n", "")
        }
        var sample = name
        if !labels.isEmpty {
            let pairs = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value)\"" }
            sample += "{" + pairs.joined(separator: ",") + "}"
        }
        let number = value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
        families[name]?.samples += sample + " " + number + "\n"
    }
}
