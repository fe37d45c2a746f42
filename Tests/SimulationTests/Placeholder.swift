import Testing

@Test("the Simulation test target is wired") func wiredSimulation() { #expect(Bool(true)) }
