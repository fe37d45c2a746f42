import Testing

@Test("the SimulatedPBX test target is wired") func wiredSimulatedPBX() { #expect(Bool(true)) }
