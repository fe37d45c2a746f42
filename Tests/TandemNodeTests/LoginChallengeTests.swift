import TandemCore
import Testing

@testable import TandemNode

@Suite("Login challenges")
struct LoginChallengeTests {
    private struct Counting: RandomNumberGenerator {
        var inner = SplitMix64(seed: 7)
        var draws = 0
        mutating func next() -> UInt64 {
            draws += 1
            return inner.next()
        }
    }

    @Test("ten letters or digits, none twice, every one at every place, of two random numbers")
    func letters() {
        var random = Counting()
        var seen: [Set<Character>] = Array(repeating: [], count: 10)
        var all: Set<String> = []
        for _ in 0..<4_000 {
            let text = LoginChallenge.make(using: &random)
            #expect(text.count == 10 && Set(text).count == 10)
            for (place, letter) in text.enumerated() { seen[place].insert(letter) }
            all.insert(text)
        }
        #expect(random.draws == 8_000)
        #expect(seen.allSatisfy { $0.count == 62 })
        #expect(seen[0].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
        #expect(all.count == 4_000)
        #expect(LoginChallenge.make() != LoginChallenge.make())
    }
}
