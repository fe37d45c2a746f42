import NIOCore
import Store
import TandemCore

// What the store has kept: calls, and who did what.
extension AdminAPI {
    /// `?user=5&direction=missed&limit=100`: the last calls, latest first.
    func history(_ request: AdminRequest, _ reply: @escaping Reply) {
        var direction: CallRecord.Direction?
        if let word = request.query["direction"] {
            guard let named = CallRecord.Direction.allCases.first(where: { $0.word == word }) else {
                let words = CallRecord.Direction.allCases.map(\.word).joined(separator: ", ")
                return reply(.text(.badRequest, "direction \(word) is not known; accepted: \(words)"))
            }
            direction = named
        }
        let user = request.query["user"]
        read(request, "calls", reply) { store, limit, done in
            store.callHistory(user: user, direction: direction, limit: limit) { result in
                done(result.map { calls in calls.map { .object($0.row) } })
            }
        }
    }

    /// `?limit=100`: what was asked of this site's PBX and of the node, by whom, and what came of it; latest first.
    func audit(_ request: AdminRequest, _ reply: @escaping Reply) {
        read(request, "audit", reply) { store, limit, done in
            store.auditLines(limit: limit) { result in done(result.map { lines in lines.map { .object($0.row) } }) }
        }
    }

    private typealias Rows = @Sendable (Result<[JSONValue], StoreError>) -> Void

    /// Reads rows on the store's threads and answers on the loop.
    private func read(
        _ request: AdminRequest, _ name: String, _ reply: @escaping Reply,
        _ ask: (Store, Int, @escaping Rows) -> Void
    ) {
        guard let store = shell.gate.store else {
            return reply(.text(.notFound, "this node keeps nothing (store: none)"))
        }
        switch request.limit(standard: 100, most: Limits.httpRows) {
        case .failure(let error): reply(.text(.badRequest, error.description))
        case .success(let limit):
            let loop = shell.loop
            let bound = NIOLoopBound(reply, eventLoop: loop)
            ask(store, limit) { result in
                loop.execute {
                    switch result {
                    case .success(let rows): bound.value(.json(.object([name: .array(rows)])))
                    case .failure(let error): bound.value(.text(.internalServerError, error.description))
                    }
                }
            }
        }
    }
}

extension CallRecord.Direction {
    /// The word for tables and queries.
    var word: String {
        switch self {
        case .outgoing: "outgoing"
        case .answered: "answered"
        case .missed: "missed"
        }
    }
}

extension CallRecord {
    fileprivate var row: JSONObject {
        [
            "user": .string(user), "direction": .string(direction.word), "number": .string(number),
            "name": .string(name), "start": .double(start), "duration": .double(AdminAPI.rounded(duration)),
        ]
    }
}

extension AuditRecord {
    fileprivate var row: JSONObject {
        [
            "time": .double(unixTime), "site": .string(site.name), "user": .string(user), "action": .string(action),
            "target": .string(target), "outcome": .string(outcome),
        ]
    }
}
