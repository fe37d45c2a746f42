import Federation
import PBX
import SiteModel
import TandemCore

extension NodeConfiguration {
    /// The text of a `tandem.yaml` that reads back as this configuration. It holds the passwords.
    public func yaml(drivers: [DriverDescription]) -> String {
        var pairs: [(String, YAMLText)] = [("site", .text(name.name))]
        pairs.optional("host", host)
        pairs.optional("prefix", site.prefix)
        pairs.append(("context", .text(site.context)))
        pairs.append(("discover", .bare("\(site.discover)")))
        pairs.append(("pbx", pbx.yaml(drivers)))
        pairs.append(("listen", .map(listen.all.map { ($0.key, .text($0.address.description)) })))
        if let rcti {
            pairs.append(
                (
                    "rcti",
                    .map([
                        ("certificate", .text(rcti.certificate)), ("key", .text(rcti.key)),
                        ("ca", .text(rcti.authority)),
                    ])
                ))
        }
        if let ctis { pairs.append(("ctis", .map(ctis.yaml))) }
        if http != HTTPSettings() { pairs.append(("http", http.yaml)) }
        pairs.append(("links", .list(links.map(\.yaml))))
        pairs.append(("timings", timings.yaml))
        pairs.append(("store", store.yaml))
        pairs.append(("control", control.map(YAMLText.text) ?? .bare("none")))
        if mayExposeSecrets { pairs.append(("secret_files", .bare("any"))) }
        pairs.append(("log", .map([("level", .bare(log.level.rawValue))])))
        pairs += cti.yaml
        pairs += site.yaml
        return YAMLText.map(pairs).document
    }
}

extension [(String, YAMLText)] {
    mutating func optional(_ key: String, _ text: String?) {
        if let text { append((key, .text(text))) }
    }
    mutating func optional(_ key: String, _ texts: [String]?) {
        if let texts { append((key, .list(texts.map(YAMLText.text)))) }
    }
}

extension CertificateFiles {
    fileprivate var yaml: [(String, YAMLText)] { [("certificate", .text(certificate)), ("key", .text(key))] }
}

extension HTTPSettings {
    fileprivate var yaml: YAMLText {
        var pairs: [(String, YAMLText)] = [("token", .text(tokenFile))]
        pairs.optional("hosts", hosts.isEmpty ? nil : hosts)
        return .map(pairs + (certificate?.yaml ?? []))
    }
}

extension NodeConfiguration.Link {
    fileprivate var yaml: YAMLText {
        var pairs: [(String, YAMLText)] = [("peer", .text(peer.name))]
        pairs.optional("address", address?.description)
        pairs.append(("cost", .bare("\(cost)")))
        pairs.append(("dials", .bare("\(dials)")))
        if policy != .open {
            var inner: [(String, YAMLText)] = []
            inner.optional("export", policy.export?.map(\.word).sorted())
            inner.optional("accept", policy.accept?.map(\.word).sorted())
            inner.optional("verbs", policy.verbs?.sorted())
            pairs.append(("policy", .map(inner)))
        }
        return .map(pairs)
    }
}

extension FederationTimings {
    fileprivate var yaml: YAMLText {
        if let preset = TimingsReading.presets.first(where: { $0.1 == self }) { return .bare(preset.0) }
        var pairs = TimingsReading.durations.map { key, path in
            (key, YAMLText.text(DurationText.write(self[keyPath: path])))
        }
        pairs.append(
            (
                "redial",
                .list([
                    .text(DurationText.write(redial.lowerBound)), .text(DurationText.write(redial.upperBound)),
                ])
            ))
        pairs.append(("log_length", .bare("\(logLength)")))
        return .map(pairs)
    }
}

extension StoreConfiguration {
    fileprivate var yaml: YAMLText {
        guard let path else { return .bare("none") }
        return .map([("path", .text(path)), ("fsync", .bare(synchronization.rawValue))])
    }
}

extension CTISettings {
    fileprivate var yaml: [(String, YAMLText)] {
        var pairs: [(String, YAMLText)] = [
            ("banner", .bare("\(banner)")),
            (
                "limits",
                .map([
                    ("login_timeout", .text(DurationText.write(loginTimeout))),
                    ("line_before_login", .bare("\(lineBeforeLogin)")),
                    ("line_after_login", .bare("\(lineAfterLogin)")), ("clients", .bare("\(maximumClients)")),
                ])
            ),
        ]
        if profiles != Profile.standard {
            pairs.append(("profiles", .map(profiles.sortedByID.map { ($0, $1.yaml) })))
        }
        return pairs
    }
}

extension CTISettings.Profile {
    fileprivate var yaml: YAMLText {
        var pairs: [(String, YAMLText)] = [("name", .text(name))]
        pairs.append(("xlets", .list(xlets.map { .list($0.map(YAMLText.text)) })))
        pairs.optional("regcommands", regcommands)
        pairs.optional("ipbxcommands", ipbxcommands)
        pairs.optional("ipbxcommands_others", ipbxcommandsOthers)
        pairs.optional("services", services)
        if !preferences.isEmpty {
            pairs.append(("preferences", .map(preferences.sortedByID.map { ($0, .text($1)) })))
        }
        return .map(pairs)
    }
}

extension SiteConfiguration {
    fileprivate var yaml: [(String, YAMLText)] {
        var pairs: [(String, YAMLText)] = []
        func add<Value>(_ key: String, _ objects: [String: Value], _ write: (Value) -> [(String, YAMLText)]) {
            if !objects.isEmpty { pairs.append((key, .map(objects.sortedByID.map { ($0, .map(write($1))) }))) }
        }
        add("phones", phones) { phone in
            var fields: [(String, YAMLText)] = [("number", .text(phone.number)), ("endpoint", .text(phone.endpoint))]
            fields.optional("context", phone.context)
            return fields
        }
        add("users", users, Self.fields)
        add("agents", agents) { [("name", .text($0.name)), ("number", .text($0.number))] }
        add("queues", queues, Self.fields)
        add("groups", groups, Self.fields)
        add("meetmes", meetmes) { [("name", .text($0.name)), ("number", .text($0.number))] }
        add("voicemails", voicemails) { box in
            var fields: [(String, YAMLText)] = [("mailbox", .text(box.mailbox)), ("context", .text(box.context))]
            fields.optional("full_name", box.fullName.isEmpty ? nil : box.fullName)
            fields.optional("email", box.email.isEmpty ? nil : box.email)
            return fields
        }
        add("trunks", trunks) { trunk in
            var fields: [(String, YAMLText)] = [("endpoint", .text(trunk.endpoint))]
            fields.optional("site", trunk.site?.name)
            fields.optional("prefix", trunk.prefix)
            return fields
        }
        if presences != Presence.standard {
            pairs.append(
                (
                    "presences",
                    .list(
                        presences.map {
                            .map([
                                ("name", .text($0.name)), ("longname", .text($0.longName)), ("color", .text($0.color)),
                            ])
                        })
                ))
        }
        return pairs
    }

    private static func fields(_ user: User) -> [(String, YAMLText)] {
        var fields: [(String, YAMLText)] = [("name", .text(user.name))]
        fields.optional("login", user.login)
        fields.optional("password", user.password?.reveal())
        fields.optional("phone", user.phone)
        fields.optional("other_phones", user.otherPhones.isEmpty ? nil : user.otherPhones)
        fields.optional("agent", user.agent)
        fields.optional("voicemail", user.voicemail)
        fields.append(("profile", .text(user.profile)))
        fields.optional("mobile", user.mobile.isEmpty ? nil : user.mobile)
        return fields
    }

    private static func fields(_ queue: Queue) -> [(String, YAMLText)] {
        var fields: [(String, YAMLText)] = [("name", .text(queue.name))]
        fields.optional("number", queue.number)
        fields.optional("display_name", queue.displayName)
        fields.optional("members", queue.members.isEmpty ? nil : queue.members.map(\.description))
        return fields
    }
}
