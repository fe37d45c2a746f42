/// The challenge of a login (`sessionid`): ten letters and digits without repetition (CTI reference 2.1).
enum LoginChallenge {
    private static let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)

    /// A new one of two random numbers: each draw asks the system, and a thousand people may log in at once. Five letters
    /// of one number have a bias of one in billions.
    static func make(using random: inout some RandomNumberGenerator) -> String {
        var rest = letters
        var text: [UInt8] = []
        text.reserveCapacity(10)
        for _ in 0..<2 {
            var number = random.next()
            for _ in 0..<5 {
                let (quotient, place) = number.quotientAndRemainder(dividingBy: UInt64(rest.count))
                number = quotient
                text.append(rest[Int(place)])
                rest.swapAt(Int(place), rest.count - 1)
                rest.removeLast()
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// A new one.
    static func make() -> String {
        var random = SystemRandomNumberGenerator()
        return make(using: &random)
    }
}
