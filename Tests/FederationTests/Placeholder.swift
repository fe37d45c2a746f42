import Testing

@Test("the Federation test target is wired") func wiredFederation() { #expect(Bool(true)) }
