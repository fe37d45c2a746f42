import Testing

@testable import TandemCore

@Suite("Encoded objects")
struct EncodedObjectTests {
    private func encoded(_ text: String) throws -> EncodedObject { try EncodedObject(validating: Array(text.utf8)) }

    @Test("a patch replaces present keys in their place and appends new ones")
    func merge() throws {
        let base = try encoded(#"{"a":1,"b":{"a":[1,"}"]},"c":"x,\"y"}"#)
        #expect(base.merging(try encoded(#"{"b":2}"#)).description == #"{"a":1,"b":2,"c":"x,\"y"}"#)
        #expect(
            base.merging(try encoded(#"{"d":null,"c":[],"a":{"z":1}}"#)).description
                == #"{"a":{"z":1},"b":{"a":[1,"}"]},"c":[],"d":null}"#)
        #expect(base.merging(.empty) == base)
        #expect(EncodedObject.empty.merging(base) == base)
        #expect(base.merging(base) == base)
    }

    @Test("merging bytes equals merging trees, for small and large patches")
    func mergeProperty() {
        var random = SeededGenerator(seed: 7)
        for round in 0..<3_000 {
            let base = random.object(members: Int.random(in: 0...12, using: &random))
            var patch = random.object(members: round % 50 == 0 ? 60 : Int.random(in: 0...8, using: &random))
            for key in base.keys where Bool.random(using: &random) { patch[key] = random.value(depth: 4) }
            var expected = base
            expected.merge(patch)
            let merged = EncodedObject(base).merging(EncodedObject(patch))
            #expect(merged == EncodedObject(expected))
            #expect(merged.keys == expected.keys)
            #expect(merged.decoded() == expected)
        }
    }

    @Test("bytes from outside are written anew unless they are written as ours")
    func validating() throws {
        #expect(try encoded(#" { "a" : [ 1 , 2 ] } "#).description == #"{"a":[1,2]}"#)
        #expect(try encoded(#"{"a":"é","b":"\/","c":"\u0041"}"#).description == #"{"a":"\u00e9","b":"/","c":"A"}"#)
        #expect(try encoded(#"{"a":1,"b":2,"a":3}"#).description == #"{"a":3,"b":2}"#)
        #expect(try encoded(#"{"a":1.50}"#).description == #"{"a":1.50}"#)
        #expect(try encoded("{ }") == .empty)
        let many = "{" + (0..<40).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
        #expect(try encoded(many + "}").description == many + "}")
        #expect(try encoded(many + ",\"k3\":9}").keys.count == 40)
    }

    @Test("only objects are accepted")
    func refusal() {
        #expect(throws: JSONError(offset: 1, reason: .notAnObject)) { try encoded(" [1]") }
        #expect(throws: JSONError.self) { try encoded("{\"a\":}") }
    }

    @Test("members are found by key, escaped keys too")
    func lookup() throws {
        let object = try encoded(#"{"a":1,"é":{"x":"y"},"b\"":[true]}"#)
        #expect(object.keys == ["a", "é", "b\""])
        #expect(object.value(of: "a") == 1)
        #expect(object.value(of: "é") == ["x": "y"])
        #expect(object.value(of: "b\"") == [true])
        #expect(object.value(of: "x") == nil)
        #expect(EncodedObject.empty.value(of: "a") == nil && EncodedObject.empty.keys.isEmpty)
    }

    @Test("members can be appended")
    func appending() throws {
        func age(_ writer: inout JSONWriter) {
            writer.key("age")
            writer.double(1.5)
        }
        #expect(EncodedObject.empty.appending(age).description == #"{"age":1.5}"#)
        #expect(try encoded(#"{"a":1}"#).appending(age).description == #"{"a":1,"age":1.5}"#)
        #expect(EncodedObject(members: age).description == #"{"age":1.5}"#)
    }

    @Test("wrongly trusted bytes never make the splicer read outside")
    func garbage() {
        var random = SeededGenerator(seed: 3)
        let alphabet = Array("{}[]\",:\\a1".utf8)
        func bytes() -> [UInt8] {
            (0..<Int.random(in: 0...20, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
        }
        for _ in 0..<20_000 {
            let left = EncodedObject(trusted: bytes())
            let right = EncodedObject(trusted: bytes())
            #expect(left.merging(right).bytes.count <= left.bytes.count + right.bytes.count)
            _ = left.keys
            _ = left.value(of: "a")
            _ = left.decoded()
        }
    }
}
