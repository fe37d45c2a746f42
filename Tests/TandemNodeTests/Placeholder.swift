import Testing

@Test("the TandemNode test target is wired") func wiredTandemNode() { #expect(Bool(true)) }
