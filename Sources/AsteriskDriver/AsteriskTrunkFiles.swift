import PBX
import TandemCore

/// Configuration for one site's Asterisk: trunks to the other sites, and the manager account of the node.
///
/// Every value that goes in was checked when it was read: names, hosts, prefixes and contexts hold no line break.
struct AsteriskTrunkFiles {
    let settings: DriverSettings
    let plan: TrunkPlan

    private typealias Trunk = TrunkPlan.Trunk

    /// Which of Asterisk's files includes which of ours.
    private static let includes = [
        ("tandem_pjsip.conf", "pjsip.conf"), ("tandem_extensions.conf", "extensions.conf"),
        ("tandem_manager.conf", "manager.conf"),
    ]

    static let installation =
        "The files in <site>/asterisk/ belong on that site's Asterisk. Put them where Asterisk, which mostly runs as a user of\n"
        + "its own, can read them, and nobody else (tandem_manager.conf holds a password):\n\n"
        + "    install -g asterisk -m 640 <site>/asterisk/*.conf /etc/asterisk/\n\n"
        + "Name each at the END of Asterisk's own file. #tryinclude, not #include: with that, a file that is missing\n"
        + "would keep Asterisk from reading the rest:\n\n"
        + includes.map { "    \($1): #tryinclude \($0)\n" }.joined()
        + "\nThen: asterisk -rx \"core reload\". Open the SIP port only to the other sites' Asterisks.\n"

    var files: [DriverFile] {
        [
            DriverFile(name: "tandem_pjsip.conf", text: pjsip),
            DriverFile(name: "tandem_extensions.conf", text: extensions),
            DriverFile(name: "tandem_manager.conf", text: manager, isSecret: true),
        ]
    }

    private var head: String { "; Site \(plan.site) of the federation. Written by tandem topology render.\n" }

    private var pjsip: String {
        var text = head
        for trunk in plan.trunks {
            text += """

                [\(trunk.endpoint)]
                type=endpoint
                context=tandem-from-\(trunk.site)
                disallow=all
                allow=alaw,ulaw
                aors=\(trunk.endpoint)
                from_user=tandem-\(plan.site)
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
        // Asterisk joins contexts of one name: this adds to the site's own.
        var text =
            head + "\n; Phones reach the other sites.\n[\(plan.context)]\ninclude => tandem-trunks\n\n[tandem-trunks]\n"
        for trunk in plan.trunks {
            guard let prefix = trunk.prefix else { continue }
            text += """
                exten => _\(prefix).,1,Dial(PJSIP/${EXTEN:\(prefix.count)}@\(trunk.endpoint),60,b(tandem-outgoing^s^1))
                 same => n,Hangup()

                """
        }
        text += """

            ; Runs on the outgoing channel, so that the far node can join both halves of the call.
            [tandem-outgoing]
            exten => s,1,Set(PJSIP_HEADER(add,X-Tandem-Site)=\(plan.site))
             same => n,Set(PJSIP_HEADER(add,X-Tandem-Linkedid)=${CHANNEL(linkedid)})
             same => n,Return()

            """
        for trunk in plan.trunks {
            text += "\n[tandem-from-\(trunk.site)]\nexten => _[0-9*#+].,1,NoOp(from \(trunk.site))\n"
            if let prefix = trunk.prefix {
                text += " same => n,Set(CALLERID(num)=\(prefix)${CALLERID(num)})\n"
            }
            text += """
                 same => n,Set(__TANDEM_LINKEDID=${PJSIP_HEADER(read,X-Tandem-Linkedid)})
                 same => n,Goto(\(plan.context),${EXTEN},1)

                """
        }
        return text
    }

    /// The classes of events that the driver reads, and of actions that it asks for; with fewer something is missing.
    static let readClasses = "system,call,agent,user,reporting"
    static let writeClasses = "system,call,agent,reporting,originate"

    private var manager: String {
        let host = ListenAddress(host: settings.text("host") ?? "", port: 0)
        let permit = host.isLoopback ? "deny=0.0.0.0/0.0.0.0\npermit=127.0.0.1/255.255.255.255\n" : ""
        return head + """

            [\(settings.text("user") ?? "")]
            secret=\(Self.escaped(settings.secret("secret")?.reveal() ?? ""))
            \(permit)read=\(Self.readClasses)
            write=\(Self.writeClasses)

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
