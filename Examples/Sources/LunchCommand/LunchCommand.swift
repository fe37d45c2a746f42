import CTIProtocol
import CTIServer

/// `{"class":"lunch","function":"order","dish":"soup","count":2}`: orders a meal.
public struct OrderLunch: CTICommand {
    /// The message's `class`.
    public static let commandClass = "lunch"
    /// Checked before `init` runs.
    public static let requiredFields = [CTIField("dish"), CTIField("count", .integer)]
    /// What tells it from other commands of its class.
    public static let conditions = [CTICondition("function", is: "order")]

    /// What is ordered.
    public let dish: String
    /// How many, 1 to 20.
    public let count: Int64

    /// Reads the fields; what it throws is told to the client.
    public init(_ fields: CTIFields) throws(CTICommandError) {
        dish = try fields.string("dish")
        count = try fields.integer("count")
        guard (1...20).contains(count) else { throw .invalid("count") }
    }
}

extension CTICommandRegistry {
    /// Adds the kitchen to what a node understands.
    public func registerLunch() {
        registerHandler(for: OrderLunch.self) { order, connection in
            guard order.dish == "soup" else { return .warning("sold_out") }
            return .messages([["ordered": .integer(order.count), "for": .string(connection.user.name)]])
        }
    }
}
