import Testing

@Test("the SiteModel test target is wired") func wiredSiteModel() { #expect(Bool(true)) }
