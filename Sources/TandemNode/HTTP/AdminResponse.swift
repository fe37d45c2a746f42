import NIOHTTP1
import TandemCore

/// What a node answers on its administration port.
public struct AdminResponse: Sendable {
    /// The HTTP status.
    public var status: HTTPResponseStatus
    /// The media type of the body.
    public var contentType: String
    /// The body.
    public var body: [UInt8]

    /// An answer in plain text; a line feed is added.
    public static func text(_ status: HTTPResponseStatus, _ text: String) -> AdminResponse {
        AdminResponse(status: status, contentType: "text/plain; charset=utf-8", body: Array((text + "\n").utf8))
    }
    /// An answer in JSON.
    public static func json(_ value: JSONValue, status: HTTPResponseStatus = .ok) -> AdminResponse {
        AdminResponse(status: status, contentType: "application/json", body: value.encoded() + [UInt8(ascii: "\n")])
    }
}
