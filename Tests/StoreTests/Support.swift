import Federation
import Foundation
import TandemCore
import Testing

@testable import Store

/// A folder of a test's own.
struct Folder {
    let path: String
    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    var database: String { path + "/tandem.sqlite" }
    func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// What a killed process would leave: the database and its log as they are now, copied elsewhere.
    func snapshot(_ name: String) throws -> String {
        let target = path + "/" + name
        for end in ["", "-wal"] where FileManager.default.fileExists(atPath: database + end) {
            try FileManager.default.copyItem(atPath: database + end, toPath: target + end)
        }
        return target
    }
}

extension Store {
    /// Enqueues and waits until it is durable.
    func write(_ batch: StoreBatch) async {
        await withCheckedContinuation { continuation in
            enqueue(batch, whenDurable: { continuation.resume() })
        }
    }
}

func site(_ name: String) throws -> SiteID { try #require(SiteID(name)) }
func key(_ text: String) throws -> IdempotencyKey { try #require(IdempotencyKey(text)) }
func phone(_ id: String) -> ObjectKey { ObjectKey(.phone, id) }
func added(_ id: String, _ config: JSONObject, _ status: JSONObject) -> ObjectChange {
    .added(phone(id), config: EncodedObject(config), status: EncodedObject(status))
}
