import ArgumentParser
import Configuration
import TandemCore
import TandemNode

struct TopologyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topology", abstract: "Check, render or draw a federation's topology file.",
        subcommands: [CheckTopology.self, RenderTopology.self, GraphTopology.self])
}

/// Loads a topology: warnings and errors go to standard error, an error ends the program with 65.
func loadTopology(_ path: String) throws -> Topology {
    var warnings: [Diagnostic] = []
    defer { for warning in warnings { complain(warning.description) } }
    do { return try Topology.load(path, warnings: &warnings) } catch {
        complain(error.description)
        throw ExitCode(65)
    }
}

struct CheckTopology: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check a topology file.",
        discussion: "Each error names file, line, key, what was found and what is accepted. Exit code 65 on errors.")
    @Argument(help: "The topology file.") var file: String

    func run() throws {
        let topology = try loadTopology(file)
        say(
            "\(file): federation \(topology.federation), \(topology.sites.count) sites, \(topology.links.count) links: no errors"
        )
    }
}

struct RenderTopology: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Write each site's node configuration, with certificates.",
        discussion: """
            Writes DIR/<site>/tandem.yaml, the site's certificate and key, and for sites with an Asterisk its trunk
            configuration. The CA is DIR/ca: it is kept when it is there already, so a topology can be rendered again.
            """)
    @Argument(help: "The topology file.") var file: String
    @Option(help: "The directory to write to.") var out: String
    @Flag(help: "Write no certificates: links are plain TCP, for loopback only.") var withoutTLS = false

    func run() throws {
        let topology = try loadTopology(file)
        do {
            let rendered = try FederationFiles.render(topology, to: out, withTLS: !withoutTLS)
            for path in rendered.nodes { say("wrote \(path)") }
        } catch let error as ConfigurationError {
            complain(error.description)
            throw ExitCode(65)
        } catch {
            complain("\(error)")
            throw ExitCode(73)
        }
    }
}

struct GraphTopology: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph", abstract: "Draw a topology in Graphviz' language (dot).",
        discussion: "Example: tandem topology graph Topology/ring-of-five.yaml | dot -Tsvg > ring.svg")
    @Argument(help: "The topology file.") var file: String

    func run() throws {
        let topology = try loadTopology(file)
        say("graph \"\(topology.federation)\" {\n  node [shape=box, style=rounded];")
        for node in topology.sites {
            let phones = node.site.phones.count
            let prefix = node.site.prefix.map { "\\nprefix \($0)" } ?? ""
            say("  \"\(node.name)\" [label=\"\(node.name)\\n\(node.pbx.driver), \(phones) phones\(prefix)\"];")
        }
        for link in topology.links { say("  \"\(link.first)\" -- \"\(link.second)\" [label=\"\(link.cost)\"];") }
        say("}")
    }
}
