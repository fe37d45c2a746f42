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
}
