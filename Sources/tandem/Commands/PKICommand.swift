import ArgumentParser
import Foundation
import PKI
import TandemCore
import TandemNode

struct PKICommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pki", abstract: "Make a federation's CA and the sites' certificates.",
        subcommands: [MakeAuthority.self, MakeSite.self, ListCertificates.self])
}

struct MakeAuthority: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ca", abstract: "Make the federation's CA (once).",
        discussion: "Writes ca.pem and ca.key. Whoever has ca.key can join the federation: keep it off the nodes.")
    @Option(help: "The directory to write to.") var out = "ca"
    @Option(help: "The federation's name.") var name = "tandem"

    func run() throws {
        try refusing {
            _ = try CertificateDirectory(out).createAuthority(name: name, now: Date())
            say("wrote \(out)/ca.pem and \(out)/ca.key")
        }
    }
}

struct MakeSite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "site", abstract: "Make or renew a site's certificate.",
        discussion: """
            Writes cert.pem, key.pem and a copy of ca.pem. The site's name is the node's identity; --host adds names and
            addresses under which CTI clients reach it over TLS.
            """)
    @Argument(help: "The site.") var site: String
    @Option(help: "The CA's directory.") var ca = "ca"
    @Option(help: "The directory to write to (default: the site's name).") var out: String?
    @Option(help: "A further DNS name or address; may be repeated.") var host: [String] = []
    @Option(help: "Days of validity.") var days = 730

    func run() throws {
        guard let name = SiteID(site) else {
            throw ValidationError("\(site) is no site name: letters, digits, '-', '_' and '.' are accepted")
        }
        guard (1...3650).contains(days) else { throw ValidationError("--days \(days): 1 to 3650 are accepted") }
        try refusing {
            let place = CertificateDirectory(ca)
            try FederationFiles.refuseExposed(place)
            let authority = try place.loadAuthority()
            let directory = out ?? site
            let issued = try authority.issue(
                site: name, names: host, now: Date(), lifetime: TimeInterval(days) * 86_400)
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try CertificateDirectory.write(issued, authority: authority, to: directory)
            say("wrote \(directory)/cert.pem and key.pem, valid until \(day(issued.notValidAfter))")
        }
    }
}

struct ListCertificates: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List certificates, those that end first in front.",
        discussion: "Exit code 1 when one has expired or ends within 30 days.")
    @Argument(help: "Directories; one level below them is looked at too.") var directories: [String] = ["."]

    func run() throws {
        let rows = CertificateDirectory.list(directories, now: Date())
        var table = Table(["STATE", "UNTIL", "DAYS", "SITE", "NAMES", "FILE"])
        for row in rows {
            table.add([
                row.state.rawValue, day(row.notValidAfter), String(row.daysLeft),
                row.isAuthority ? "(CA)" : row.site?.name ?? "-", row.names.joined(separator: ","), row.path,
            ])
        }
        table.show()
        if rows.contains(where: { $0.state != .valid }) { throw ExitCode(1) }
    }
}

/// A date as `2026-11-20`.
private func day(_ date: Date) -> String {
    let parts = Calendar(identifier: .gregorian).dateComponents(
        in: TimeZone(identifier: "UTC") ?? .current, from: date)
    func two(_ number: Int?) -> String { (number ?? 0) < 10 ? "0\(number ?? 0)" : "\(number ?? 0)" }
    return "\(parts.year ?? 0)-\(two(parts.month))-\(two(parts.day))"
}

/// A sentence and exit code 73 for what cannot be read or written.
private func refusing(_ body: () throws -> Void) throws {
    do { try body() } catch let error as any Error & CustomStringConvertible
        where error is PKIError || error is NodeError
    {
        complain("\(error)")
        throw ExitCode(73)
    }
}
