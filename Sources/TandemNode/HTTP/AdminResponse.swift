import NIOHTTP1
import TandemCore

/// What a node answers on its administration port.
struct AdminResponse {
    /// The bytes of an answer.
    enum Body {
        /// All of them.
        case bytes([UInt8])
        /// Parts, made when the one before was taken; nil ends them.
        case parts(() -> [UInt8]?)
    }

    var status: HTTPResponseStatus
    /// The media type of the body.
    var contentType: String
    var body: Body
    /// Further headers, names in small letters.
    var headers: [(String, String)] = []

    /// An answer in plain text; a line feed is added.
    static func text(_ status: HTTPResponseStatus, _ text: String) -> AdminResponse {
        AdminResponse(
            status: status, contentType: "text/plain; charset=utf-8", body: .bytes(Array((text + "\n").utf8)))
    }

    /// An answer in JSON.
    static func json(_ value: JSONValue, status: HTTPResponseStatus = .ok) -> AdminResponse {
        AdminResponse(
            status: status, contentType: "application/json", body: .bytes(value.encoded() + [UInt8(ascii: "\n")]))
    }

    /// `{"NAME":[rows],…}` with rows that are made as they are taken; `others` are further members.
    static func rows(
        _ name: String, _ next: @escaping () -> JSONValue?, others: JSONObject = JSONObject()
    ) -> AdminResponse {
        var text: [UInt8]? = [UInt8(ascii: "{")] + JSONValue.string(name).encoded() + Array(":[".utf8)
        var isFirst = true
        return AdminResponse(
            status: .ok, contentType: "application/json",
            body: .parts {
                guard var part = text else { return nil }
                text = []
                while part.count < Limits.httpPart {
                    guard let row = next() else {
                        text = nil
                        part.append(UInt8(ascii: "]"))
                        for (key, value) in others {
                            part += [UInt8(ascii: ",")] + JSONValue.string(key).encoded() + [UInt8(ascii: ":")]
                            part += value.encoded()
                        }
                        return part + Array("}\n".utf8)
                    }
                    if !isFirst { part.append(UInt8(ascii: ",")) }
                    isFirst = false
                    part += row.encoded()
                }
                return part
            })
    }
}
