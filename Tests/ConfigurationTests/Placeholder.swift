import Testing

@Test("the Configuration test target is wired") func wiredConfiguration() { #expect(Bool(true)) }
