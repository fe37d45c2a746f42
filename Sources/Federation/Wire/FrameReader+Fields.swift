import TandemCore

extension FrameReader {
    /// Typed access to a frame's members; a fault names class and field.
    struct Fields {
        let view: JSONView
        let frame: String

        func fault(_ problem: String) -> FrameError { FrameError(frame: frame, problem: problem) }

        private func required(_ name: StaticString) throws(FrameError) -> JSONView {
            guard let value = view.member(name) else { throw fault("\(name) is missing") }
            return value
        }

        func natural(_ name: StaticString) throws(FrameError) -> UInt64 {
            guard let number = FrameReader.natural(try required(name)) else {
                throw fault("\(name) must be a whole number from 0 to 2^62")
            }
            return number
        }

        func integer(_ name: StaticString) throws(FrameError) -> Int64 {
            guard let number = try required(name).integer else { throw fault("\(name) must be a whole number") }
            return number
        }

        func text(_ name: StaticString, limit: Int) throws(FrameError) -> String {
            guard let text = try required(name).string, text.utf8.count <= limit else {
                throw fault("\(name) must be a string of at most \(limit) bytes")
            }
            return text
        }

        func site(_ name: StaticString) throws(FrameError) -> SiteID {
            guard let text = try required(name).string, let site = SiteID(text) else {
                throw fault("\(name) must be a site's name")
            }
            return site
        }

        func idempotencyKey() throws(FrameError) -> IdempotencyKey {
            guard let text = try required("key").string, let key = IdempotencyKey(text) else {
                throw fault("key must be 1 to \(IdempotencyKey.longest) printable characters")
            }
            return key
        }

        func array(_ name: StaticString) throws(FrameError) -> JSONView {
            let value = try required(name)
            guard value.kind == .array else { throw fault("\(name) must be an array") }
            return value
        }

        func object(_ name: StaticString) throws(FrameError) -> EncodedObject {
            guard let object = EncodedObject(try required(name)) else {
                throw fault("\(name) must be an object")
            }
            return object
        }
    }
}
