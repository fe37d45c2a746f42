import Testing

@Test("the CTIServer test target is wired") func wiredCTIServer() { #expect(Bool(true)) }
