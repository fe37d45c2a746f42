import Testing

@Test("the Store test target is wired") func wiredStore() { #expect(Bool(true)) }
