import TandemCore

/// Reads and writes the buffer of one object; the layout stands at `ObjectTable`.
enum ObjectRecord {
    private static let header = 14

    static func make(id: String, config: [UInt8], status: [UInt8], seed: UInt64) -> [UInt8] {
        var id = id
        return id.withUTF8 { id in
            let size = header + id.count + config.count + status.count
            return [UInt8](unsafeUninitializedCapacity: size) { memory, count in
                guard let base = memory.baseAddress else { return }
                let raw = UnsafeMutableRawPointer(base)
                raw.storeBytes(
                    of: UInt32(truncatingIfNeeded: config.count).littleEndian, toByteOffset: 8, as: UInt32.self)
                raw.storeBytes(of: UInt16(truncatingIfNeeded: id.count).littleEndian, toByteOffset: 12, as: UInt16.self)
                if let text = id.baseAddress { (base + header).initialize(from: text, count: id.count) }
                config.withUnsafeBufferPointer { half in
                    if let text = half.baseAddress {
                        (base + header + id.count).initialize(from: text, count: half.count)
                    }
                }
                status.withUnsafeBufferPointer { half in
                    guard let text = half.baseAddress else { return }
                    (base + header + id.count + config.count).initialize(from: text, count: half.count)
                }
                let hash = mix(UnsafeRawPointer(base + 8), size - 8, seed: seed)
                raw.storeBytes(of: hash.littleEndian, toByteOffset: 0, as: UInt64.self)
                count = size
            }
        }
    }

    static func hash(of record: [UInt8]) -> UInt64 {
        record.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 0, as: UInt64.self)) }
    }

    static func id(of record: [UInt8]) -> String {
        record.withUnsafeBufferPointer { String(decoding: id(in: $0), as: UTF8.self) }
    }

    static func config(of record: [UInt8]) -> EncodedObject {
        record.withUnsafeBufferPointer { EncodedObject(trusted: Array($0[configRange($0)])) }
    }

    static func status(of record: [UInt8]) -> EncodedObject {
        record.withUnsafeBufferPointer { EncodedObject(trusted: Array($0[configRange($0).upperBound...])) }
    }

    /// Lends id, configuration and status.
    static func withParts(
        _ record: [UInt8],
        _ body: (
            _ id: UnsafeBufferPointer<UInt8>, _ config: UnsafeBufferPointer<UInt8>,
            _ status: UnsafeBufferPointer<UInt8>
        ) -> Void
    ) {
        record.withUnsafeBufferPointer { memory in
            let config = configRange(memory)
            body(
                id(in: memory), UnsafeBufferPointer(rebasing: memory[config]),
                UnsafeBufferPointer(rebasing: memory[config.upperBound...]))
        }
    }

    static func has(_ record: [UInt8], id wanted: UnsafeBufferPointer<UInt8>) -> Bool {
        record.withUnsafeBufferPointer { memory in
            let id = id(in: memory)
            guard id.count == wanted.count else { return false }
            for place in 0..<id.count where id[place] != wanted[place] { return false }
            return true
        }
    }

    static func id(in memory: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: memory[header..<(header + idLength(memory))])
    }

    private static func idLength(_ memory: UnsafeBufferPointer<UInt8>) -> Int {
        Int(UInt16(littleEndian: UnsafeRawBufferPointer(memory).loadUnaligned(fromByteOffset: 12, as: UInt16.self)))
    }

    private static func configRange(_ memory: UnsafeBufferPointer<UInt8>) -> Range<Int> {
        let raw = UnsafeRawBufferPointer(memory)
        let length = Int(UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
        let start = header + idLength(memory)
        return start..<(start + length)
    }

    /// A 64-bit hash that is the same on every machine. Not keyed: it finds faults, it does not stop forgers.
    private static func mix(_ bytes: UnsafeRawPointer, _ count: Int, seed: UInt64) -> UInt64 {
        var hash = seed ^ (UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15)
        var place = 0
        while place &+ 8 <= count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            hash = (hash ^ word) &* 0xD6E8_FEB8_6659_FD93
            hash ^= hash >> 32
            place &+= 8
        }
        while place < count {
            hash = (hash ^ UInt64(bytes.load(fromByteOffset: place, as: UInt8.self))) &* 0x100_0000_01B3
            place &+= 1
        }
        hash ^= hash >> 29
        hash = hash &* 0xBF58_476D_1CE4_E5B9
        return hash ^ (hash >> 32)
    }
}
