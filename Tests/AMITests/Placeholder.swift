import Testing

@Test("the AMI test target is wired") func wiredAMI() { #expect(Bool(true)) }
