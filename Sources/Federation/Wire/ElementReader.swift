import TandemCore

/// Reads the elements of `rcti_changes` and `rcti_snapshot`.
enum ElementReader {
    static func change(_ view: JSONView) -> ObjectChange? {
        guard view.kind == .array else { return nil }
        var parts = view.elements
        guard let kind = parts.next(), let type = type(parts.next()), let id = id(parts.next()) else { return nil }
        let key = ObjectKey(type, id)
        if kind.isString("status") {
            guard view.count == 4, let patch = document(parts.next()) else { return nil }
            return .status(key, patch: patch)
        }
        if kind.isString("config") {
            guard view.count == 4, let patch = document(parts.next()) else { return nil }
            return .config(key, patch: patch)
        }
        if kind.isString("added") {
            guard view.count == 5, let config = document(parts.next()), let status = document(parts.next()) else {
                return nil
            }
            return .added(key, config: config, status: status)
        }
        return kind.isString("removed") && view.count == 3 ? .removed(key) : nil
    }

    static func object(_ view: JSONView) -> SnapshotFrame.Object? {
        guard view.kind == .array, view.count == 4 else { return nil }
        var parts = view.elements
        guard let type = type(parts.next()), let id = id(parts.next()), let config = document(parts.next()),
            let status = document(parts.next())
        else { return nil }
        return SnapshotFrame.Object(key: ObjectKey(type, id), config: config, status: status)
    }

    /// The most frequent types first.
    private static func type(_ view: JSONView?) -> ObjectType? {
        guard let view, view.kind == .string else { return nil }
        if view.isString("phone") { return .phone }
        if view.isString("chan") { return .channel }
        if view.isString("user") { return .user }
        if view.isString("queuemember") { return .queueMember }
        return view.string.flatMap { ObjectType(word: $0) }
    }

    private static func id(_ view: JSONView?) -> String? {
        guard let id = view?.string, !id.isEmpty, id.utf8.count <= Limits.objectID,
            id.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return nil }
        return id
    }

    private static func document(_ view: JSONView?) -> EncodedObject? { view.flatMap { EncodedObject($0) } }
}
