import NIOHTTP1

/// A request to a node's administration port: method, path without query, query items.
struct AdminRequest: Sendable {
    /// `GET` or `POST`.
    var method: HTTPMethod
    /// The path, e.g. `/api/v1/links`.
    var path: String
    /// The query's items; a repeated name keeps its last value.
    var query: [String: String]
    /// Whether it came over the control socket, to which only the node's own user has access.
    var isControl = false

    /// The item `limit`: how many rows are wanted. Without it `standard`, and never more than `most`.
    func limit(standard: Int, most: Int) -> Result<Int, AdminError> {
        guard let text = query["limit"] else { return .success(standard) }
        guard let number = Int(text), number > 0 else {
            return .failure(AdminError(description: "limit \(text): a whole number from 1 to \(most) is accepted"))
        }
        return .success(min(number, most))
    }
}
