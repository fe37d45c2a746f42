import TandemCore
import Testing

@Suite("Names, secrets and clocks")
struct NamesTests {
    @Test(
        "an object id splits at the first colon and the first slash after it",
        arguments: [
            ("chan:paris/SIP/abc-00000003", ObjectType.channel, "paris", "SIP/abc-00000003"),
            ("chan:paris/Local/101@default:x/1-0;2", .channel, "paris", "Local/101@default:x/1-0;2"),
            ("queuemember:paris/Agent/2002,blue", .queueMember, "paris", "Agent/2002,blue"),
            ("phone:a-b_c.d/12", .phone, "a-b_c.d", "12"), ("user:7/é", .user, "7", "é"),
        ])
    func split(_ text: String, _ type: ObjectType, _ site: String, _ id: String) throws {
        let object = try #require(ObjectID(text))
        #expect(object.key.type == type && object.site.name == site && object.key.id == id)
        #expect(object.description == text)
        #expect(ObjectID(Substring(text)) == object)
    }

    @Test(
        "what is no object id is refused",
        arguments: [
            "", ":", "chan", "chan:", "chan:paris", "chan:/x", "chan:paris/", "nothing:paris/1", "Chan:paris/1",
            "chan:pa ris/1", "chan/paris:1", "phone:paris/1\n2", "phone:paris/\u{0}", "phone:paris/\u{7F}",
            "phone:paris/" + String(repeating: "x", count: 513),
        ])
    func notAnID(_ text: String) {
        #expect(ObjectID(text) == nil)
    }

    @Test("every object type is found by its word and by its list's name")
    func types() {
        for type in ObjectType.allCases {
            #expect(ObjectType(word: type.word) == type && ObjectType(listName: type.listName) == type)
            #expect(ObjectType(rawValue: type.rawValue) == type)
        }
        #expect(ObjectType(word: "phones") == nil && ObjectType(listName: "phone") == nil)
    }

    @Test("site names are short and harmless, and ordered by name")
    func sites() throws {
        for name in ["", "a b", "a/b", "a:b", "é", "a\n", String(repeating: "a", count: 65)] {
            #expect(SiteID(name) == nil)
        }
        let paris = try #require(SiteID("paris"))
        let berlin = try #require(SiteID("berlin"))
        #expect(berlin < paris && "\(paris)" == "paris")
        #expect(SiteID(String(repeating: "a", count: 64)) != nil)
    }

    @Test("header text cannot carry a second header")
    func headerText() {
        for text in ["a\rb", "a\nb", "a\r\nb", "\u{0}", String(repeating: "x", count: 1_025)] {
            #expect(HeaderText(text) == nil)
        }
        #expect(HeaderText("Dupont, é: x")?.text == "Dupont, é: x")
        #expect(HeaderText(-5).text == "-5" && HeaderText(literal: "abc").description == "abc")
        #expect(HeaderText(joining: [HeaderText("a") ?? HeaderText(0), HeaderText(1)])?.text == "a1")
        let half = HeaderText(String(repeating: "x", count: 600)) ?? HeaderText(0)
        #expect(HeaderText(joining: [half, half]) == nil)
    }

    @Test("an extension holds only what a dialplan needs")
    func extensions() throws {
        for text in [
            "", "10 1", "10\r\n1", "1,2", "1&2", "a(b)", "${X}", "1@ctx", "é", String(repeating: "1", count: 81),
        ] {
            #expect(Extension(text) == nil)
        }
        let prefix = try #require(Extension("*8+"))
        #expect(prefix.appending(try #require(Extension("101#")))?.text == "*8+101#")
        #expect(prefix.header.text == "*8+")
        let long = try #require(Extension(String(repeating: "1", count: 80)))
        #expect(long.appending(prefix) == nil)
    }

    @Test("a secret never prints, however it is printed")
    func secrets() {
        struct Account {
            var name = "bob"
            var password = Secret("hunter2")
        }
        let secret = Secret("hunter2")
        var dumped = ""
        dump(Account(), to: &dumped)
        dump(secret, to: &dumped)
        for text in [
            "\(secret)", secret.description, secret.debugDescription, String(reflecting: secret), "\(Account())",
            String(reflecting: Account()), dumped, "\([secret])", "\(["k": secret])", "\(Optional(secret) as Any)",
        ] {
            #expect(!text.contains("hunter2"))
        }
        #expect(secret.reveal() == "hunter2" && secret == Secret("hunter2"))
    }

    @Test("instants move by durations in both directions")
    func instants() {
        let start = Instant(nanoseconds: 5)
        #expect(start + .seconds(2) == Instant(nanoseconds: 2_000_000_005))
        #expect(start + .seconds(2) - start == .seconds(2))
        #expect(start < start + .nanoseconds(1))
        #expect((start - (start + .milliseconds(3))).inMilliseconds == -3)
        #expect(Duration.seconds(1).inSeconds == 1 && Duration.milliseconds(1_500).inMilliseconds == 1_500)
        #expect(Duration.seconds(Int64.max).inNanoseconds == .max)
        #expect(Duration.seconds(Int64.min).inNanoseconds == .min)
        #expect(Duration.nanoseconds(-7).inNanoseconds == -7)
    }

    @Test("objects are equal whatever their order and keep the order of their keys")
    func objects() {
        var object: JSONObject = ["a": 1, "b": 2]
        #expect(object == ["b": 2, "a": 1] && object.hashValue == (["b": 2, "a": 1] as JSONObject).hashValue)
        object["a"] = nil
        object["c"] = "x"
        object["b"] = 3
        #expect(object.keys == ["b", "c"] && object["b"] == 3 && object != ["b": 3])
        #expect(JSONObject([("a", 1), ("b", 2), ("a", 3)]).keys == ["a", "b"])
        #expect(JSONValue.integer(5).idText == "5" && JSONValue.string("x").idText == "x")
        #expect(JSONValue.object(object)["c"]?.stringValue == "x" && JSONValue.null["c"] == nil)
    }

    @Test("keys that look alike but differ in bytes stay apart")
    func lookalikes() throws {
        let object = try #require(try JSONValue(parsing: #"{"\u00e9":1,"e\u0301":2,"\u212a":3,"K":4}"#).objectValue)
        #expect(object.count == 4 && object["é"] == 1 && object["e\u{301}"] == 2 && object["K"] == 4)
        #expect(EncodedObject(object).value(of: "e\u{301}") == 2)
        let many = JSONObject((0..<40).map { ("k\($0)", 0) } + [("é", 1), ("e\u{301}", 2)])
        #expect(many.count == 42 && many["e\u{301}"] == 2)
    }
}
