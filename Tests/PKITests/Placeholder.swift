import Testing

@Test("the PKI test target is wired") func wiredPKI() { #expect(Bool(true)) }
