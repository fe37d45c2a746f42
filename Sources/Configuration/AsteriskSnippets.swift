import SiteModel
import TandemCore

/// Configuration for one site's Asterisk: trunks to the other sites, and the manager account of the node.
///
/// Every value that goes in was checked when it was read: names, hosts, prefixes and contexts hold no line break.
struct AsteriskSnippets {
    let topology: Topology
    let node: NodeConfiguration
    let asterisk: PBXConfiguration.Asterisk

    struct File {
        var name: String
        var text: String
        var isSecret: Bool
    }

    /// Which of Asterisk's files includes which of ours.
    static let includes = [
        ("tandem_pjsip.conf", "pjsip.conf"), ("tandem_extensions.conf", "extensions.conf"),
        ("tandem_manager.conf", "manager.conf"),
    ]

    var files: [File] {
        [
            File(name: "tandem_pjsip.conf", text: pjsip, isSecret: false),
            File(name: "tandem_extensions.conf", text: extensions, isSecret: false),
            File(name: "tandem_manager.conf", text: manager, isSecret: true),
        ]
    }

    private struct Trunk {
        var endpoint: String
        var site: SiteID
        var prefix: String?
        var address: ListenAddress
    }

    /// The other sites that have an Asterisk, with the endpoint that this site's configuration names for them.
    private var trunks: [Trunk] {
        topology.sites.compactMap { other in
            guard other.name != node.name, case .asterisk(let far) = other.pbx else { return nil }
            let configured = node.site.trunks.sortedByID.first { $0.value.site == other.name }?.value
            let endpoint = configured.map { String($0.endpoint.drop { $0 != "/" }.dropFirst()) }
            return Trunk(
                endpoint: endpoint ?? "trunk-\(other.name)", site: other.name,
                prefix: configured?.prefix ?? other.site.prefix, address: far.sipAddress)
        }
    }

    private var head: String { "; Site \(node.name) of the federation. Written by tandem topology render.\n" }

    private var pjsip: String {
        var text = head
        for trunk in trunks {
            text += """

                [\(trunk.endpoint)]
                type=endpoint
                context=tandem-from-\(trunk.site)
                disallow=all
                allow=alaw,ulaw
                aors=\(trunk.endpoint)
                from_user=tandem-\(node.name)
                trust_id_inbound=yes
                send_pai=yes
                direct_media=no

                [\(trunk.endpoint)]
                type=aor
                contact=sip:\(trunk.address)
                qualify_frequency=15

                [\(trunk.endpoint)]
                type=identify
                endpoint=\(trunk.endpoint)
                \(Self.identification(trunk))

                """
        }
        return text
    }

    private var extensions: String {
        var text = head + "; Phones reach the other sites with: include => tandem-trunks\n\n[tandem-trunks]\n"
        for trunk in trunks {
            guard let prefix = trunk.prefix else { continue }
            text += """
                exten => _\(prefix).,1,Dial(PJSIP/${EXTEN:\(prefix.count)}@\(trunk.endpoint),60,b(tandem-outgoing^s^1))
                 same => n,Hangup()

                """
        }
        text += """

            ; Runs on the outgoing channel, so that the far node can join both halves of the call.
            [tandem-outgoing]
            exten => s,1,Set(PJSIP_HEADER(add,X-Tandem-Site)=\(node.name))
             same => n,Set(PJSIP_HEADER(add,X-Tandem-Linkedid)=${CHANNEL(linkedid)})
             same => n,Return()

            """
        for trunk in trunks {
            text += "\n[tandem-from-\(trunk.site)]\nexten => _[0-9*#+].,1,NoOp(from \(trunk.site))\n"
            if let prefix = trunk.prefix {
                text += " same => n,Set(CALLERID(num)=\(prefix)${CALLERID(num)})\n"
            }
            text += """
                 same => n,Set(__TANDEM_LINKEDID=${PJSIP_HEADER(read,X-Tandem-Linkedid)})
                 same => n,Goto(\(node.site.context),${EXTEN},1)

                """
        }
        return text
    }

    private var manager: String {
        let host = ListenAddress(host: asterisk.host, port: 0)
        let permit = host.isLoopback ? "deny=0.0.0.0/0.0.0.0\npermit=127.0.0.1/255.255.255.255\n" : ""
        return head + """

            [\(asterisk.user)]
            secret=\(Self.escaped(asterisk.secret.reveal()))
            \(permit)read=system,call,log,verbose,command,agent,user,config,dtmf,reporting,cdr,dialplan,originate
            write=system,call,agent,user,config,command,reporting,originate

            """
    }

    /// A semicolon would begin a comment.
    private static func escaped(_ text: String) -> String {
        text.split(separator: ";", omittingEmptySubsequences: false).joined(separator: "\\;")
    }

    /// How calls of a trunk are told from others: by the sender's address, or, where all PBXs share this machine's
    /// loopback address, by the name that our own trunks put into From.
    private static func identification(_ trunk: Trunk) -> String {
        trunk.address.isLoopback
            ? "match_header=From: /<sip:tandem-\(pattern(trunk.site.name))@/" : "match=\(trunk.address.host)"
    }

    /// A site name in a regular expression.
    private static func pattern(_ name: String) -> String {
        name.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "[.]")
    }
}
