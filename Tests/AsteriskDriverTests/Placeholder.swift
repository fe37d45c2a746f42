import Testing

@Test("the AsteriskDriver test target is wired") func wiredAsteriskDriver() { #expect(Bool(true)) }
