import PBX
import SiteModel
import TandemCore

extension Topology {
    private struct Person {
        var name: String, login: String
    }

    private struct DemoSite {
        var name: String, base: Int, http: Int, prefix: String, people: [Person]
    }

    /// The federation of `tandem demo`: paris, lyon and montreal in a line, on loopback ports.
    ///
    /// | site | CTI | CTIS | rcti | INFO | HTTP | prefix | logins (password = login) |
    /// | --- | --- | --- | --- | --- | --- | --- | --- |
    /// | paris | 5003 | 5013 | 5103 | 5005 | 8003 | 81 | alice bob chloe david emma |
    /// | lyon | 6003 | 6013 | 6103 | 6005 | 8103 | 82 | farid gisele hugo ines jules |
    /// | montreal | 7003 | 7013 | 7103 | 7005 | 8203 | 83 | karim lea marc nora olivier |
    ///
    /// Each site: phones 101 to 105 (context `internal`), queue `support` 500 with 101 and 102, room 800, agent 1001
    /// (the second person), a mailbox for the first three people. Of these people the second is an `agent`, the third a `supervisor`, the
    /// fourth sits at the `switchboard`; the others are `client`s.
    ///
    /// - Parameter pbx: which PBX stands beside the site at a place in that line, from 0.
    public static func demo(pbx: (_ place: Int) -> DriverSettings) -> Topology {
        let plan = [
            DemoSite(
                name: "paris", base: 5000, http: 8003, prefix: "81",
                people: [
                    Person(name: "Alice Martin", login: "alice"), Person(name: "Bob Durand", login: "bob"),
                    Person(name: "Chloé Petit", login: "chloe"), Person(name: "David Moreau", login: "david"),
                    Person(name: "Emma Laurent", login: "emma"),
                ]),
            DemoSite(
                name: "lyon", base: 6000, http: 8103, prefix: "82",
                people: [
                    Person(name: "Farid Benali", login: "farid"), Person(name: "Gisèle Roux", login: "gisele"),
                    Person(name: "Hugo Fontaine", login: "hugo"), Person(name: "Inès Garnier", login: "ines"),
                    Person(name: "Jules Perrin", login: "jules"),
                ]),
            DemoSite(
                name: "montreal", base: 7000, http: 8203, prefix: "83",
                people: [
                    Person(name: "Karim Haddad", login: "karim"), Person(name: "Léa Tremblay", login: "lea"),
                    Person(name: "Marc Gagnon", login: "marc"), Person(name: "Nora Bouchard", login: "nora"),
                    Person(name: "Olivier Roy", login: "olivier"),
                ]),
        ]
        var sites: [NodeConfiguration] = []
        for (index, entry) in plan.enumerated() {
            guard let site = SiteID(entry.name) else { continue }
            let pbx = pbx(index)
            var node = NodeConfiguration(site: demoObjects(entry, site, pbx))
            for other in plan where other.name != entry.name {
                guard let far = SiteID(other.name) else { continue }
                node.site.trunks["\(node.site.trunks.count + 1)"] = SiteConfiguration.Trunk(
                    endpoint: pbx.trunkDevice(to: far), site: far)
            }
            node.pbx = pbx
            func loopback(_ port: Int) -> ListenAddress { ListenAddress(host: "127.0.0.1", port: port) }
            node.listen.cti = loopback(entry.base + 3)
            node.listen.ctis = loopback(entry.base + 13)
            node.listen.rcti = loopback(entry.base + 103)
            node.listen.info = loopback(entry.base + 5)
            node.listen.http = loopback(entry.http)
            node.timings = .lan
            sites.append(node)
        }
        let names = sites.map(\.name)
        let links = zip(names, names.dropFirst()).map { first, second in
            var link = Link(first, second)
            link.timings = .lan
            return link
        }
        return Topology(federation: "demo", sites: sites, links: links)
    }

    /// The profiles of a site's people, in their order.
    private static let demoProfiles = ["client", "agent", "supervisor", "switchboard", "client"]

    private static func demoObjects(_ entry: DemoSite, _ site: SiteID, _ pbx: DriverSettings) -> SiteConfiguration {
        var objects = SiteConfiguration(site: site, prefix: entry.prefix, context: "internal")
        objects.protocols = pbx.protocols
        for (index, person) in entry.people.enumerated() {
            let id = "\(index + 1)", number = "\(101 + index)"
            objects.phones[id] = SiteConfiguration.Phone(number: number, endpoint: pbx.device(number))
            let hasMailbox = index < 3
            objects.users[id] = SiteConfiguration.User(
                name: person.name, login: person.login, password: Secret(person.login), phone: id,
                agent: index == 1 ? "1" : nil, voicemail: hasMailbox ? id : nil,
                profile: demoProfiles[index % demoProfiles.count])
            if hasMailbox {
                objects.voicemails[id] = SiteConfiguration.Voicemail(mailbox: number, fullName: person.name)
            }
        }
        objects.agents["1"] = SiteConfiguration.Agent(name: entry.people[1].name, number: "1001")
        objects.queues["1"] = SiteConfiguration.Queue(
            name: "support", number: "500", displayName: "Support",
            members: [ObjectID(.phone, site, "1"), ObjectID(.phone, site, "2")])
        objects.meetmes["1"] = SiteConfiguration.Room(name: "Conference", number: "800")
        return objects
    }
}
