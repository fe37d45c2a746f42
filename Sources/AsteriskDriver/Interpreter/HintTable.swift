import TandemCore

/// Which numbers reach a device, as hints say. Several hints may watch one device; the number shown for it is chosen by
/// what they say and not by which of them spoke last.
struct HintTable {
    /// Where a hint stands.
    struct Target: Hashable, Comparable {
        var number: String
        var context: String

        static func < (left: Target, right: Target) -> Bool {
            (left.number.utf8.count, left.number, left.context) < (
                right.number.utf8.count, right.number, right.context
            )
        }
    }

    /// What is listed of a device, with the number of the list that named it last.
    private var targets: [String: [Target: UInt32]] = [:]
    private var devicesOf: [Target: Set<String>] = [:]
    private var list: UInt32 = 0

    /// The number that is shown for a device: the one that its name repeats (`101` of `PJSIP/101`), else the shortest.
    func target(of device: String) -> Target? {
        guard let known = targets[device] else { return nil }
        if known.count == 1 { return known.first?.key }
        let name = device.utf8.firstIndex(of: UInt8(ascii: "/")).map { device[device.utf8.index(after: $0)...] }
        return known.keys.filter { $0.number == name ?? "" }.min() ?? known.keys.min()
    }

    /// The device that a number reaches: in that context, else in any; the first by name when several have that number.
    func device(number: String, context: String) -> String? {
        devicesOf[Target(number: number, context: context)]?.min()
            ?? devicesOf.filter { $0.key.number == number }.flatMap(\.value).min()
    }

    /// A hint watches one device, as it is known to. False: it is not.
    mutating func confirm(_ target: Target, watching device: String) -> Bool {
        guard let known = devicesOf[target], known.count == 1, targets[device]?[target] != nil else { return false }
        targets[device]?[target] = list
        return true
    }

    /// A hint watches these devices and no others. The devices for which another number, or none, is shown now.
    mutating func set(_ target: Target, watching devices: [String]) -> [String] {
        if devices.isEmpty, devicesOf[target] == nil { return [] }
        let former = (devicesOf[target] ?? []).subtracting(devices).sorted()
        return former.filter { remove(target, of: $0) } + devices.filter { add(target, for: $0) }
    }

    private mutating func add(_ target: Target, for device: String) -> Bool {
        if targets[device]?[target] != nil {
            targets[device]?[target] = list
            return false
        }
        let before = self.target(of: device)
        guard targets[device]?.count ?? 0 < Limits.hintsOfDevice else { return false }
        targets[device, default: [:]][target] = list
        devicesOf[target, default: []].insert(device)
        return self.target(of: device) != before
    }

    /// All hints are about to be listed.
    mutating func beginList() { list &+= 1 }

    /// All hints were listed: those that were not are gone. The devices for which another number, or none, is shown now.
    mutating func endList() -> [String] {
        var changed: [String] = []
        for (device, known) in targets.sorted(by: { $0.key < $1.key }) {
            let before = target(of: device)
            for (target, seen) in known where seen != list { _ = remove(target, of: device) }
            if target(of: device) != before { changed.append(device) }
        }
        return changed
    }

    private mutating func remove(_ target: Target, of device: String) -> Bool {
        let before = self.target(of: device)
        targets[device]?[target] = nil
        if targets[device]?.isEmpty == true { targets[device] = nil }
        devicesOf[target]?.remove(device)
        if devicesOf[target]?.isEmpty == true { devicesOf[target] = nil }
        return self.target(of: device) != before
    }
}
