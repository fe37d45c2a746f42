import CTIServer
import TandemCore
import Testing

// A command that a site adds to its node, in a file of its own, as docs/extending.md describes it.

/// `{"class":"lunch","function":"order","dish":"soup","count":2}`: orders a meal.
private struct OrderLunch: CTICommand {
    static let commandClass = "lunch"
    static let requiredFields = [CTIField("dish"), CTIField("count", .integer)]
    static let conditions = [CTICondition("function", is: "order")]

    let dish: String
    let count: Int64

    init(_ fields: CTIFields) throws(CTICommandError) {
        dish = try fields.string("dish")
        count = try fields.integer("count")
        guard (1...20).contains(count) else { throw .invalid("count") }
    }
}

/// `{"class":"lunch","function":"menu"}`: asks what there is. The same class, another condition.
private struct LunchMenu: CTICommand {
    static let commandClass = "lunch"
    static let conditions = [CTICondition("function", is: "menu")]
    init(_ fields: CTIFields) throws(CTICommandError) {}
}

/// A second command of the same message: what is ordered is noted.
private struct LunchNote: CTICommand {
    static let commandClass = "lunch"
    static let conditions = [CTICondition("function", is: "order")]
    let dish: String
    init(_ fields: CTIFields) throws(CTICommandError) { dish = try fields.string("dish") }
}

/// `{"class":"lunch","dish":"soup"}`: what it means depends on who sends it.
private struct MyLunch: CTICommand {
    static let commandClass = "lunch"
    static let requiredFields = [CTIField("dish")]
    static let optionalFields = [CTIField("table", .id)]
    let eater: String
    init(_ fields: CTIFields) throws(CTICommandError) { throw .invalid("dish") }
    init(_ fields: CTIFields, from connection: CTIConnection) throws(CTICommandError) { eater = connection.user.name }
}

@Suite("Commands that a site adds to its node")
struct ExampleCommandTests {
    private func port(_ register: (CTICommandRegistry) -> Void) -> Port {
        let registry = CTICommandRegistry.standard()
        register(registry)
        var configuration = CTIServerConfiguration()
        configuration.profiles["supervisor"]?.regcommands.append("lunch")
        return Port(configuration, registry: registry)
    }

    @Test("A handler returns messages, a warning or an error, and sees its connection")
    func handler() {
        let port = port { registry in
            registry.registerHandler(for: OrderLunch.self) { order, connection in
                if order.dish == "fugu" { return .error("kitchen_closed") }
                guard order.dish == "soup" else { return .warning("sold_out") }
                let note: JSONObject = [
                    "class": "kitchen", "text": .string("\(order.count) for \(connection.user.name)"),
                ]
                #expect(connection.profileName == "supervisor")
                #expect(connection.userObject == ObjectID("user:paris/5"))
                #expect(connection.address == "192.0.2.1" && !connection.isSecure)
                return .messages([["ordered": .integer(order.count)], note])
            }
        }
        let alice = port.logIn()
        port.clear()
        port.send(alice, #"{"class":"lunch","function":"order","dish":"soup","count":2,"commandid":1}"#)
        #expect(
            port.lines(alice) == [
                ["class": "lunch", "replyid": 1, "ordered": 2],
                ["class": "kitchen", "replyid": 1, "text": "2 for Alice Martin"],
            ])
        let sold = port.ask(alice, #"{"class":"lunch","function":"order","dish":"pie","count":1,"commandid":2}"#)
        #expect(sold == ["class": "lunch", "replyid": 2, "warning_string": "sold_out"])
        let closed = port.ask(alice, #"{"class":"lunch","function":"order","dish":"fugu","count":1}"#)
        #expect(closed["error_string"] == "kitchen_closed")
        #expect(port.closed[alice] != nil)
    }

    @Test(
        "Fields are checked before the handler runs; conditions choose the command",
        arguments: [
            (#""function":"order""#, "missing:dish,count"),
            (#""function":"order","dish":"soup","count":"2""#, "wrong_type:count"),
            (#""function":"order","dish":"soup","count":99"#, "invalid:count"), (#""function":"wash""#, "unknown"),
            (#""dish":"soup""#, "unknown"),
        ])
    func checks(_ fields: String, _ warning: String) {
        let port = port { registry in
            registry.registerHandler(for: OrderLunch.self) { _, _ in
                Issue.record("the handler must not run")
                return .none
            }
        }
        let reply = port.ask(port.logIn(), #"{"class":"lunch",\#(fields)}"#)
        #expect(reply["warning_string"] == .string(warning))
    }

    @Test("Several handlers run in turn until one says something; silence is an acknowledgement")
    func severalHandlers() {
        var asked: [String] = []
        let port = port { registry in
            registry.registerHandler(for: LunchMenu.self) { _, _ in
                asked.append("first")
                return .none
            }
            registry.registerHandler(for: LunchMenu.self) { _, connection in
                asked.append("second")
                return connection.userID == "5" ? .messages([["dishes": ["soup"]]]) : .none
            }
            registry.registerHandler(for: LunchMenu.self) { _, _ in
                asked.append("third")
                return .none
            }
            registry.register(OrderLunch.self)
        }
        let alice = port.logIn()
        let menu = port.ask(alice, #"{"class":"lunch","function":"menu","commandid":1}"#)
        #expect(menu == ["class": "lunch", "replyid": 1, "dishes": ["soup"]])
        #expect(asked == ["first", "second"])
        let silent = port.ask(alice, #"{"class":"lunch","function":"order","dish":"pie","count":1,"commandid":2}"#)
        #expect(silent == ["class": "lunch", "replyid": 2])
    }

    @Test("A profile must allow the class")
    func permission() {
        let port = port { $0.register(LunchMenu.self) }
        let reply = port.ask(port.logIn("bob"), #"{"class":"lunch","function":"menu"}"#)
        #expect(reply["warning_string"] == "unallowed")
    }

    @Test("A handler may answer later, or hand its command to another site")
    func later() {
        var kept: [CTIConnection] = []
        let port = port { registry in
            registry.registerHandler(for: LunchMenu.self) { _, connection in
                kept.append(connection)
                return .pending
            }
            registry.registerHandler(for: OrderLunch.self) { order, connection in
                connection.submit(
                    CTISubmission(
                        verb: "lunch", target: SiteID("lyon")!, user: connection.userID,
                        body: EncodedObject(["class": "lunch", "dish": .string(order.dish)])))
                return .pending
            }
        }
        let alice = port.logIn()
        port.clear()
        port.send(alice, #"{"class":"lunch","function":"menu","commandid":1}"#)
        port.send(alice, #"{"class":"lunch","function":"order","dish":"soup","count":1,"commandid":2}"#)
        #expect(port.lines(alice).isEmpty)
        kept[0].reply(["dishes": ["soup"]])
        port.server.finish(
            port.node.submissions[0].ticket, .done(EncodedObject(["minutes": 20])), now: port.node.now)
        port.run()
        #expect(
            port.lines(alice) == [
                ["class": "lunch", "replyid": 1, "dishes": ["soup"]], ["class": "lunch", "replyid": 2, "minutes": 20],
            ])
        port.close(alice)
        kept[0].reply([:])
        port.run()
        #expect(port.server.counters.answersDropped == 1)
    }

    @Test("A handler may come back with another line while its own is being read")
    func reentry() {
        weak var server: CTIServer?
        let port = port { registry in
            registry.register(LunchMenu.self)
            registry.registerHandler(for: OrderLunch.self) { order, connection in
                server?.received(
                    connection.client, line: Array(#"{"class":"lunch","function":"menu","commandid":9}"#.utf8),
                    now: connection.now)
                return .messages([["ordered": .integer(order.count)]])
            }
            // A second command of the same class and condition: its fields are read after the other line came.
            registry.registerHandler(for: LunchNote.self) { note, _ in .messages([["noted": .string(note.dish)]]) }
        }
        server = port.server
        let alice = port.logIn()
        port.clear()
        port.send(alice, #"{"class":"lunch","function":"order","dish":"soup","count":2,"commandid":1}"#)
        #expect(
            port.lines(alice) == [
                ["class": "lunch", "replyid": 9], ["class": "lunch", "replyid": 1, "ordered": 2],
                ["class": "lunch", "replyid": 1, "noted": "soup"],
            ])
    }

    @Test("A command that depends on who sends it reads itself with the connection")
    func withConnection() {
        let port = port { registry in
            registry.registerHandler(for: MyLunch.self) { lunch, _ in .messages([["for": .string(lunch.eater)]]) }
        }
        let reply = port.ask(port.logIn(), #"{"class":"lunch","dish":"soup"}"#)
        #expect(reply == ["class": "lunch", "for": "Alice Martin"])
        let wrong = port.ask(port.logIn(), #"{"class":"lunch","dish":"soup","table":{}}"#)
        #expect(wrong["warning_string"] == "wrong_type:table")
    }

    @Test("A command can be tried on a line without a server")
    func alone() throws {
        let order = try OrderLunch.read(#"{"dish":"soup","count":3}"#)
        #expect(order.dish == "soup" && order.count == 3)
        #expect(throws: CTICommandError.wrongType("count")) { try OrderLunch.read(#"{"dish":"soup","count":"3"}"#) }
        #expect(throws: CTICommandError.missing(["dish", "count"])) { try OrderLunch.read("{}") }
        #expect(throws: JSONError.self) { try OrderLunch.read("{") }
    }
}
