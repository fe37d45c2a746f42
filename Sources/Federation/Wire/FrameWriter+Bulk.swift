import TandemCore

/// Changes and snapshots: copied together from parts that are encoded already.
extension FrameWriter {
    /// Bytes of the frame so far.
    var count: Int { json.count }

    /// One change as an element of `rcti_changes`' list.
    mutating func element(_ change: ObjectChange) -> [UInt8] {
        json.reset()
        json.beginArray()
        switch change {
        case .added(let key, let config, let status):
            json.literal("added")
            json.string(key.type.word)
            json.string(key.id)
            json.object(config)
            json.object(status)
        case .config(let key, let patch):
            json.literal("config")
            json.string(key.type.word)
            json.string(key.id)
            json.object(patch)
        case .status(let key, let patch):
            json.literal("status")
            json.string(key.type.word)
            json.string(key.id)
            json.object(patch)
        case .removed(let key):
            json.literal("removed")
            json.string(key.type.word)
            json.string(key.id)
        }
        json.endArray()
        return json.bytes
    }

    /// What both kinds begin with.
    private mutating func beginBulk(_ frameClass: StaticString, site: SiteID, pull: UInt64, incarnation: UInt64) {
        json.reset()
        json.beginObject()
        json.key("class")
        json.literal(frameClass)
        json.key("site")
        json.string(site.name)
        json.key("pull")
        json.integer(pull)
        json.key("incarnation")
        json.integer(incarnation)
    }

    /// The head of a frame of changes; elements follow, then `endList`. `to` is not known yet, so it closes the frame.
    mutating func beginChanges(site: SiteID, pull: UInt64, incarnation: UInt64, from: UInt64) {
        beginBulk("rcti_changes", site: site, pull: pull, incarnation: incarnation)
        json.key("from")
        json.integer(from)
        json.key("list")
        json.beginArray()
    }

    mutating func endChanges(to sequence: UInt64) -> EncodedMessage {
        json.endArray()
        json.key("to")
        json.integer(sequence)
        json.endObject()
        json.newline()
        return EncodedMessage(line: json.bytes)
    }

    /// The head of a snapshot's chunk; objects follow, then `endSnapshot`.
    mutating func beginSnapshot(site: SiteID, pull: UInt64, incarnation: UInt64, sequence: UInt64, chunk: Int) {
        beginBulk("rcti_snapshot", site: site, pull: pull, incarnation: incarnation)
        json.key("sequence")
        json.integer(sequence)
        json.key("chunk")
        json.integer(chunk)
        json.key("objects")
        json.beginArray()
    }

    mutating func snapshotObject(_ type: ObjectType, _ record: [UInt8]) {
        json.beginArray()
        json.string(type.word)
        ObjectRecord.withParts(record) { id, config, status in
            json.string(String(decoding: id, as: UTF8.self))
            json.raw(config)
            json.raw(status)
        }
        json.endArray()
    }

    mutating func endSnapshot(isLast: Bool) -> EncodedMessage {
        json.endArray()
        json.key("last")
        json.bool(isLast)
        json.endObject()
        json.newline()
        return EncodedMessage(line: json.bytes)
    }

    /// An element of `rcti_changes`' list that is encoded already.
    mutating func encodedElement(_ bytes: [UInt8]) { json.raw(bytes) }

    /// An element of `rcti_changes`' list that stands for changes that are not for the receiver.
    mutating func hole(_ length: some FixedWidthInteger) { json.integer(length) }

    /// A whole frame of changes, as it was read.
    mutating func changes(_ frame: ChangesFrame) -> EncodedMessage {
        beginChanges(site: frame.site, pull: frame.pull, incarnation: frame.incarnation, from: frame.from)
        for item in frame.list {
            switch item {
            case .change(_, let encoded): encodedElement(encoded)
            case .hole(let length): hole(length)
            }
        }
        return endChanges(to: frame.to)
    }

    /// A whole chunk of a snapshot, as it was read.
    mutating func snapshot(_ frame: SnapshotFrame) -> EncodedMessage {
        beginSnapshot(
            site: frame.site, pull: frame.pull, incarnation: frame.incarnation, sequence: frame.sequence,
            chunk: frame.chunk)
        for object in frame.objects {
            json.beginArray()
            json.string(object.key.type.word)
            json.string(object.key.id)
            json.object(object.config)
            json.object(object.status)
            json.endArray()
        }
        return endSnapshot(isLast: frame.isLast)
    }
}
