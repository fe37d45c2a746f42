import TandemCore
import Testing

@Suite("Tables with shares") struct SharingTests {
    @Test(
        "What counts as one address",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8:0:0::/64"),
            ("2001:DB8:0:0:5:6:7:8", "2001:db8:0:0::/64"), ("2001:db8:0:7:1::", "2001:db8:0:7::/64"),
            ("::1", "0:0:0:0::/64"), ("fe80::1:2", "fe80:0:0:0::/64"), ("2001:0db8:00a0::1", "2001:db8:a0:0::/64"),
            ("1:2:3:4:5:6:7::", "1:2:3:4::/64"), ("1::5:6:7:8", "1:0:0:0::/64"), ("::2:3:4:5:6:7:8", "0:2:3:4::/64"),
            ("?", "?"), ("", ""), (":", "0:0:0:0::/64"),
        ])
    func addresses(_ address: String, _ share: String) {
        #expect(AddressShare(address).description == share)
    }

    @Test("Beyond an owner's share its oldest entry gives way, beyond the table's size the oldest of all")
    func shares() {
        var table = ShareTable<Int, String, Int>(limit: 8, share: 3)
        for number in 0..<5 { table.set(number, number * 10, of: "a") }
        #expect((0..<5).map { table[$0] } == [nil, nil, 20, 30, 40])
        table.set(3, 33, of: "a")
        table.change(4) { $0 += 1 }
        table.change(99) { $0 += 1 }
        #expect(table[3] == 33 && table[4] == 41 && table.count == 3)
        for number in 10..<15 { table.set(number, number, of: "\(number)") }
        #expect(table.count == 8)
        table.set(20, 20, of: "b")
        #expect(table.count <= 8 && table[20] == 20 && table[2] == nil && table[14] == 14)
        table.remove(20)
        table.remove(20)
        #expect(table[20] == nil)
    }

    @Test("An object without what others have said already: the same key and the same value")
    func subtracting() throws {
        func object(_ text: String) throws -> EncodedObject { try EncodedObject(validating: Array(text.utf8)) }
        let answer = try object(#"{"ipbxreply":true,"response":"ok","channel":"a,\"b","n":[1,{"n":2}],"n2":1}"#)
        let none = (EncodedObject.empty, EncodedObject.empty, EncodedObject.empty, EncodedObject.empty)
        #expect(answer.subtracting(none) == answer)
        let said = try (
            object(#"{"ipbxreply":true}"#), object(#"{"response":"ko","x":1}"#), object(#"{"n":[1,{"n":2}]}"#),
            object(#"{"channel":"a,\"b"}"#)
        )
        #expect(try answer.subtracting(said) == object(#"{"response":"ok","n2":1}"#))
        #expect(
            try answer.subtracting(said, only: "ipbxreply")
                == object(#"{"response":"ok","channel":"a,\"b","n":[1,{"n":2}],"n2":1}"#))
        #expect(answer.subtracting(said, only: "response") == answer)
        #expect(said.0.subtracting(said) == .empty && EncodedObject.empty.subtracting(said) == .empty)
        #expect(try object(#"{"n":2}"#).subtracting(said) == object(#"{"n":2}"#), "a member within a value is none")
    }
}
