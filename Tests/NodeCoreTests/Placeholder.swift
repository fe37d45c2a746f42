import Testing

@Test("the NodeCore test target is wired") func wiredNodeCore() { #expect(Bool(true)) }
