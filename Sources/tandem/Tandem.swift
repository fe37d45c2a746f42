import ArgumentParser
import TandemNode

/// The program: one subcommand per task of an operator.
@main
struct Tandem: AsyncParsableCommand {
    static func main() async {
        NodeProcess.prepare(CommandLine.arguments)
        await main(nil)
    }

    static let configuration = CommandConfiguration(
        commandName: "tandem",
        abstract: "A federation node for PBX sites: one CTI view over all of them.",
        discussion: """
            Start here:   tandem demo                       three federated sites on this machine
                          tandem topology render FILE --out DIR && tandem run -c DIR/paris/tandem.yaml
            Ask a node:   tandem status -c DIR/paris/tandem.yaml      (also links, routes, sync, objects, clients …)
            """,
        version: "tandem " + TandemVersion.text,
        groupedSubcommands: [
            CommandGroup(name: "Running", subcommands: [Run.self, Demo.self, Tour.self]),
            CommandGroup(name: "Preparing", subcommands: [Check.self, TopologyCommand.self, PKICommand.self]),
            CommandGroup(name: "Watching", subcommands: [ReplayCommand.self]),
            CommandGroup(
                name: "Asking a running node",
                subcommands: [
                    Status.self, Links.self, Routes.self, Sync.self, Objects.self, Clients.self, Ping.self,
                    History.self, Audit.self, Reload.self,
                ]),
        ])
}
