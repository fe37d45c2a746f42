import Testing

@testable import TandemCore

/// Objects inside a larger text: which are copied, which are written anew. Either way the result is what our writer
/// would write.
@Suite("Objects written as ours") struct OwnWritingTests {
    /// The object as it is read out of a text that holds something of every kind beside it.
    private func read(_ object: String) throws -> (EncodedObject, isOurs: Bool)? {
        let text = Array("[ \"é\\u0041\\n\", \(object)]".utf8)
        var tape = JSONTape()
        return try text.withUnsafeBufferPointer { bytes in
            try tape.withParsed(bytes) { view -> (EncodedObject, isOurs: Bool)? in
                var elements = view.elements
                _ = elements.next()
                guard let object = elements.next(), let encoded = EncodedObject(object) else { return nil }
                return (encoded, object.isWrittenAsOurs)
            }
        }
    }

    @Test(
        "an object beside foreign writing is copied when it is ours",
        arguments: [
            #"{}"#, #"{"a":1}"#, #"{"a":{"b":[1,"x",null,{}]},"c":1.50}"#, #"{"a":"\"\\\n\r\t\b\f"}"#,
            #"{"a":"\u00e9\u20ac\ud83d\ude00\u0001\u001f"}"#, #"{"d":""}"#,
        ])
    func ours(text: String) throws {
        let (object, isOurs) = try #require(try read(text))
        #expect(isOurs)
        #expect(object.description == text)
    }

    @Test(
        "one that is spelled otherwise is written anew",
        arguments: [
            (#"{ "a":1}"#, #"{"a":1}"#), (#"{"a" :1}"#, #"{"a":1}"#), (#"{"a":[1, 2]}"#, #"{"a":[1,2]}"#),
            (#"{"a":"é"}"#, #"{"a":"\u00e9"}"#), (#"{"a":"\/"}"#, #"{"a":"/"}"#), (#"{"a":"\u0041"}"#, #"{"a":"A"}"#),
            (#"{"a":"\u00E9"}"#, #"{"a":"\u00e9"}"#), (#"{"a":"\u000a"}"#, #"{"a":"\n"}"#),
            (#"{"a":"\ud83d"}"#, #"{"a":"\ufffd"}"#), (#"{"a":"\ude00"}"#, #"{"a":"\ufffd"}"#),
            (#"{"a":"\ud83d\u0041"}"#, #"{"a":"\ufffdA"}"#), (#"{"a":1,"a":2}"#, #"{"a":2}"#),
            (#"{"\u0061":1,"a":2}"#, #"{"a":2}"#),
        ])
    func foreign(text: String, written: String) throws {
        let (object, isOurs) = try #require(try read(text))
        #expect(!isOurs)
        #expect(object.description == written)
    }

    @Test("random objects of our writer are copied byte for byte, whatever stands beside them") func property() throws {
        var random = SeededGenerator(seed: 11)
        for round in 0..<2_000 {
            let tree = random.object(members: round % 40 == 0 ? 60 : Int.random(in: 0...10, using: &random))
            let encoded = EncodedObject(tree)
            let (object, _) = try #require(try read(encoded.description))
            #expect(object == encoded)
        }
    }
}
