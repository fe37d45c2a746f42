import CTIServer
import TandemCore

// Who is connected to the CTI port. What proves who somebody is (passwords, session ids) never leaves the server.
extension AdminAPI {
    /// `?limit=100`: the connections, oldest first, and how many there are in all.
    func clients(_ request: AdminRequest) -> AdminResponse {
        switch request.limit(standard: 1_000, most: Limits.httpRows) {
        case .failure(let error): return .text(.badRequest, error.description)
        case .success(let limit):
            let status = core.cti.status
            var profiles = JSONObject()
            for (name, count) in status.profiles.sorted(by: { $0.key < $1.key }) {
                profiles[name] = .integer(Int64(count))
            }
            return .json([
                "clients": .array(status.connections.prefix(limit).map { .object($0.row) }),
                "total": .integer(Int64(status.connections.count)), "logged_in": .integer(Int64(status.loggedIn)),
                "profiles": .object(profiles),
            ])
        }
    }
}

extension CTIServerStatus.Connection {
    fileprivate var row: JSONObject {
        var row: JSONObject = [
            "client": .string(client.description), "address": .string(address), "secure": .bool(isSecure),
            "since": .double(AdminAPI.rounded(since)),
        ]
        if let login { row["login"] = .string(login) }
        if let userID { row["user"] = .string(userID) }
        if let profile { row["profile"] = .string(profile) }
        row["bytes_in"] = .integer(Int64(bytesIn))
        row["bytes_out"] = .integer(Int64(bytesOut))
        row["pending"] = .integer(Int64(pendingCommands))
        return row
    }
}
