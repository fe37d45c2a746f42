import TandemCore

/// What a site's configuration file says about its objects. Ids are the `typeid`s of the federation's names.
public struct SiteConfiguration: Hashable, Sendable {
    /// The site's own name.
    public var site: SiteID
    /// What other sites dial before a number of this site; nil when they cannot.
    public var prefix: String?
    /// The dialplan context from which the site's phones dial; where originated calls start.
    public var context: String
    /// Whether endpoints, queues, agents, rooms and mailboxes that only the PBX knows become objects too.
    public var discover: Bool
    /// Which protocol the technologies of the PBX speak, as its driver says.
    public var protocols: ProtocolNames
    /// Phone lines by id.
    public var phones: [String: Phone]
    /// People by id.
    public var users: [String: User]
    /// Agents by id.
    public var agents: [String: Agent]
    /// Queues by id.
    public var queues: [String: Queue]
    /// Ring groups by id.
    public var groups: [String: Queue]
    /// Conference rooms by id.
    public var meetmes: [String: Room]
    /// Mailboxes by id.
    public var voicemails: [String: Voicemail]
    /// Trunks by id.
    public var trunks: [String: Trunk]
    /// Presence states a user may have (`availstate`), in order; `disconnected` is always allowed.
    public var presences: [Presence]
    /// The number under which a phone of this site reaches its own mailbox.
    public var voicemailNumber: String

    /// A site without objects.
    public init(site: SiteID, prefix: String? = nil, context: String = "default", discover: Bool = true) {
        self.site = site
        self.prefix = prefix
        self.context = context
        self.discover = discover
        protocols = [:]
        phones = [:]
        users = [:]
        agents = [:]
        queues = [:]
        groups = [:]
        meetmes = [:]
        voicemails = [:]
        trunks = [:]
        presences = Presence.standard
        voicemailNumber = "*97"
    }

    /// What of it is matched with what the PBX tells: all but people and their presences.
    public var objectsOfPBX: SiteConfiguration {
        var objects = self
        objects.users = [:]
        objects.presences = []
        return objects
    }

    /// A phone line.
    public struct Phone: Hashable, Sendable {
        /// The number that reaches it.
        public var number: String
        /// The PBX's device, e.g. `PJSIP/101`.
        public var endpoint: String
        /// Context of the number; nil: the site's.
        public var context: String?
        /// Makes a phone.
        public init(number: String, endpoint: String, context: String? = nil) {
            self.number = number
            self.endpoint = endpoint
            self.context = context
        }
    }

    /// A person.
    public struct User: Hashable, Sendable {
        /// The full name.
        public var name: String
        /// CTI login; nil: the person cannot log in.
        public var login: String?
        /// CTI password. It must be recoverable for the SHA-1 challenge of the protocol.
        public var password: Secret?
        /// Id of the person's main phone.
        public var phone: String?
        /// Ids of further phones.
        public var otherPhones: [String]
        /// Id of the person's agent.
        public var agent: String?
        /// Id of the person's mailbox.
        public var voicemail: String?
        /// Name of the CTI profile, e.g. `client`.
        public var profile: String
        /// Mobile number; may be empty.
        public var mobile: String
        /// Makes a user.
        public init(
            name: String, login: String? = nil, password: Secret? = nil, phone: String? = nil,
            otherPhones: [String] = [], agent: String? = nil, voicemail: String? = nil, profile: String = "client",
            mobile: String = ""
        ) {
            self.name = name
            self.login = login
            self.password = password
            self.phone = phone
            self.otherPhones = otherPhones
            self.agent = agent
            self.voicemail = voicemail
            self.profile = profile
            self.mobile = mobile
        }
    }

    /// An agent.
    public struct Agent: Hashable, Sendable {
        /// The full name.
        public var name: String
        /// The number the PBX knows the agent by.
        public var number: String
        /// Makes an agent.
        public init(name: String, number: String) {
            self.name = name
            self.number = number
        }
    }

    /// A queue or a ring group.
    public struct Queue: Hashable, Sendable {
        /// The PBX's name of the queue.
        public var name: String
        /// The number that reaches it; nil: none.
        public var number: String?
        /// What people read; nil: the name.
        public var displayName: String?
        /// Members (`phone:paris/1`) that the simulated PBX or a group has; a real PBX reports its own.
        public var members: [ObjectID]
        /// Makes a queue.
        public init(name: String, number: String? = nil, displayName: String? = nil, members: [ObjectID] = []) {
            self.name = name
            self.number = number
            self.displayName = displayName
            self.members = members
        }
    }

    /// A conference room.
    public struct Room: Hashable, Sendable {
        /// What people read.
        public var name: String
        /// The room's number (`confno`).
        public var number: String
        /// Makes a room.
        public init(name: String, number: String) {
            self.name = name
            self.number = number
        }
    }

    /// A mailbox.
    public struct Voicemail: Hashable, Sendable {
        /// The mailbox number.
        public var mailbox: String
        /// The voicemail context.
        public var context: String
        /// Whose it is.
        public var fullName: String
        /// Where messages are sent; may be empty.
        public var email: String
        /// Makes a mailbox.
        public init(mailbox: String, context: String = "default", fullName: String = "", email: String = "") {
            self.mailbox = mailbox
            self.context = context
            self.fullName = fullName
            self.email = email
        }
    }

    /// A trunk to another site or to the world.
    public struct Trunk: Hashable, Sendable {
        /// The PBX's endpoint, e.g. `PJSIP/trunk-lyon`.
        public var endpoint: String
        /// The site behind the trunk, if it is one.
        public var site: SiteID?
        /// What to dial before a number of that site; nil: that site's own prefix.
        public var prefix: String?
        /// Makes a trunk.
        public init(endpoint: String, site: SiteID? = nil, prefix: String? = nil) {
            self.endpoint = endpoint
            self.site = site
            self.prefix = prefix
        }
    }

    /// A presence state (CTI reference 2.3 `userstatus`).
    public struct Presence: Hashable, Sendable {
        /// The state's key, e.g. `away`.
        public var name: String
        /// What people read.
        public var longName: String
        /// `#RRGGBB`.
        public var color: String
        /// Makes a state.
        public init(_ name: String, longName: String, color: String) {
            self.name = name
            self.longName = longName
            self.color = color
        }
        /// The stock states.
        public static let standard = [
            Presence("available", longName: "Available", color: "#08FD20"),
            Presence("away", longName: "Away", color: "#FDE50A"),
            Presence("outtolunch", longName: "Out to lunch", color: "#001AFF"),
            Presence("donotdisturb", longName: "Do not disturb", color: "#FF032D"),
            Presence("berightback", longName: "Be right back", color: "#FFB545"),
            Presence("disconnected", longName: "Disconnected", color: "#202020"),
        ]
    }
}
