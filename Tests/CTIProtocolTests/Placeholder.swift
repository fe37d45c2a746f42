import Testing

@Test("the CTIProtocol test target is wired") func wiredCTIProtocol() { #expect(Bool(true)) }
