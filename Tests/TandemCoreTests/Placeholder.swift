import Testing

@Test("the TandemCore test target is wired") func wiredTandemCore() { #expect(Bool(true)) }
