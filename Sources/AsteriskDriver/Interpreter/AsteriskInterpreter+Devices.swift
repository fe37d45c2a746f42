import AMI
import PBX
import SiteModel

// Endpoints, their states and registrations, and lines to providers.
extension AsteriskInterpreter {
    mutating func deviceState(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        guard let state = DeviceState(deviceState: message) else { return }
        let device = message.text(.device)
        if device.hasPrefix("Agent:") {
            agentState(String(device.dropFirst(6)), state, &facts)
        } else if Self.isDevice(device) {
            tell(device, state, &facts)
        }
    }

    private mutating func tell(_ device: String, _ state: DeviceState, _ facts: inout [PBXEvent]) {
        // A device state and a hint report the same change; the first of the two says it.
        guard deviceStates.updateValue(state, forKey: device) != state else { return }
        // An endpoint that appears while we watch: no list will name it before the next snapshot.
        if state != .unavailable, !seenEndpoints.contains(device) { seen(device, &facts) }
        emit(.endpointState(endpoint: device, state: state), &facts)
    }

    /// A hint says which number and context reach a device. Its state is the device's own only when it watches nothing
    /// else: `PJSIP/101&Custom:DND101` is busy when the person does not want to be disturbed. What stands behind a comma
    /// is a presence.
    mutating func extensionStatus(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        guard !message.isEmpty(.hint) else { return }
        let hint = message.text(.hint)
        let target = HintTable.Target(number: message.text(.exten), context: message.text(.context))
        let status = message.integer(.status)
        let watched = hint.utf8.firstIndex(of: UInt8(ascii: ",")).map { hint[..<$0] } ?? hint[...]
        // What nearly every event says: the hint of one device that is known already.
        if let status, status >= 0, !watched.utf8.contains(UInt8(ascii: "&")) {
            guard Self.isDevice(watched) else {
                for device in hints.set(target, watching: []) { numbered(device, &facts) }
                return
            }
            let device = String(watched)
            if !hints.confirm(target, watching: device) {
                for device in hints.set(target, watching: [device]) { numbered(device, &facts) }
            }
            if let state = DeviceState(extensionStatus: status) { tell(device, state, &facts) }
            return
        }
        // Removed, or switched off: the number reaches nothing any more.
        let all = status ?? 0 < 0 ? [] : watched.split(separator: "&")
        let devices = all.filter { Self.isDevice($0) }.map(String.init)
        for device in hints.set(target, watching: devices) { numbered(device, &facts) }
    }

    /// `ExtensionStateList` is complete.
    public mutating func extensionListCompleted(into facts: inout [PBXEvent]) {
        for device in hints.endList() { numbered(device, &facts) }
    }

    /// The device that a number's hint watches; the first by name when several have that number.
    public func device(number: String, context: String) -> String? { hints.device(number: number, context: context) }

    /// Another number is shown for a device. A hint alone makes no device: it may name one that is nowhere.
    private mutating func numbered(_ device: String, _ facts: inout [PBXEvent]) {
        if seenEndpoints.contains(device) { seen(device, &facts) }
    }

    /// An endpoint exists, with the number that is known of it; empty: no hint watches it.
    mutating func seen(_ endpoint: String, _ facts: inout [PBXEvent]) {
        seenEndpoints.insert(endpoint)
        let target = hints.target(of: endpoint)
        emit(
            .endpointSeen(
                endpoint: endpoint, number: target?.number ?? "", context: target?.context ?? "", displayName: nil),
            &facts)
    }

    // MARK: Lists and registrations

    mutating func endpointListed(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let name = message.text(.objectName)
        guard !name.isEmpty else { return }
        let endpoint = "PJSIP/\(name)"
        seen(endpoint, &facts)
        let state = DeviceState(endpointList: message)
        // Each as `address of record/URI`. The list of contacts, which follows, says more of each.
        let listed = message.text(.contacts).split(separator: ",").compactMap { contact in
            contact.firstIndex(of: "/").map { String(contact[contact.index(after: $0)...]) }
        }
        contacts.replace(endpoint, with: listed, areReachable: state != .unavailable)
        tellAddress(endpoint, &facts)
        if let state { tell(endpoint, state, &facts) }
    }

    /// An entry of `SIPpeers` or `IAXpeers`.
    mutating func peerListed(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let name = message.text(.objectName)
        guard !name.isEmpty else { return }
        let technology = message.begins(.channelType, "IAX") ? "IAX2" : "SIP"
        let endpoint = "\(technology)/\(name)"
        seen(endpoint, &facts)
        var address: String?
        if !message.isEmpty(.ipAddress), !message.begins(.ipAddress, "-none-") {
            address = Self.place(message.text(.ipAddress), port: message.text(.ipPort))
        }
        contacts.settle(endpoint, at: address, isReachable: !message.begins(.status, "UNREACHABLE"))
        tellAddress(endpoint, &facts)
    }

    /// A PJSIP contact came, went or was tested, or is listed. One that does not answer any more counts as gone.
    mutating func contactStatus(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let isListed = message.event == .contactList
        let header = isListed ? AMIHeader.status : .contactStatus
        var name = message.text(isListed ? .endpoint : .endpointName)
        // A contact that stands in the configuration names its address of record only, which mostly is the endpoint.
        if name.isEmpty { name = isListed ? Self.addressOfRecord(message.text(.objectName)) : message.text(.aor) }
        guard !name.isEmpty, !message.isEmpty(.uri) else { return }
        let endpoint = "PJSIP/\(name)"
        if !seenEndpoints.contains(endpoint) { seen(endpoint, &facts) }
        if message.equals(header, "Removed") {
            contacts.remove(message.text(.uri), of: endpoint)
        } else {
            contacts.set(message.text(.uri), of: endpoint, isReachable: !message.equals(header, "Unreachable"))
        }
        tellAddress(endpoint, &facts)
    }

    /// chan_sip and IAX2. PJSIP sends it too, without an address: `ContactStatus` says more.
    mutating func peerStatus(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        guard message.begins(.channelType, "SIP") || message.begins(.channelType, "IAX"), !message.isEmpty(.peer) else {
            return
        }
        let peer = message.text(.peer)
        if !seenEndpoints.contains(peer) { seen(peer, &facts) }
        let address = message.isEmpty(.address) ? nil : Self.place(message.text(.address), port: message.text(.port))
        if message.equals(.peerStatus, "Registered") {
            guard let address else { return }
            contacts.settle(peer, at: address, isReachable: true)
        } else if message.equals(.peerStatus, "Unregistered") {
            contacts.settle(peer, at: nil, isReachable: false)
        } else if message.equals(.peerStatus, "Reachable") || message.equals(.peerStatus, "Lagged") {
            if let address {
                contacts.settle(peer, at: address, isReachable: true)
            } else {
                contacts.setAll(of: peer, isReachable: true)
            }
        } else if message.equals(.peerStatus, "Unreachable") {
            contacts.setAll(of: peer, isReachable: false)
        } else {
            return
        }
        tellAddress(peer, &facts)
    }

    private func tellAddress(_ endpoint: String, _ facts: inout [PBXEvent]) {
        let address = contacts.reachable(endpoint).flatMap { Self.address(ofContact: $0) }
        emit(.endpointRegistration(endpoint: endpoint, address: address), &facts)
    }

    /// `host:port`; an IPv6 address stands in brackets before a port. A host that has its port already stays as it is.
    static func place(_ host: String, port: String) -> String {
        let colons = host.utf8.count { $0 == UInt8(ascii: ":") }
        let bare = host.hasPrefix("[") || colons < 2 ? host : "[\(host)]"
        let hasPort = bare.hasPrefix("[") ? !bare.hasSuffix("]") : colons == 1
        return port.isEmpty || port == "0" || hasPort ? bare : "\(bare):\(port)"
    }

    /// `101;@1b67…` and `trunk-lyon@@5d1f…` to the name before them.
    private static func addressOfRecord(_ contact: String) -> String {
        String(contact.prefix { $0 != ";" && $0 != "@" })
    }

    /// `sip:101@192.0.2.7:5060;ob` to `192.0.2.7:5060`; nil when there is none.
    static func address(ofContact contact: String) -> String? {
        var rest = Substring(contact)
        if let scheme = rest.range(of: "sip:") ?? rest.range(of: "sips:") { rest = rest[scheme.upperBound...] }
        if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        if let end = rest.firstIndex(where: { $0 == ";" || $0 == ">" || $0 == "?" }) { rest = rest[..<end] }
        return rest.isEmpty ? nil : String(rest)
    }

    // MARK: Lines to providers

    mutating func registrationListed(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let name = message.text(.objectName)
        guard !name.isEmpty else { return }
        let server = message.text(.serverUri)
        registrations["\(message.text(.clientUri)) \(server)"] = name
        emit(
            .trunkSeen(name: name, technology: "PJSIP", host: Self.address(ofContact: server) ?? server), &facts)
        emit(.trunkState(name: name, reachable: message.equals(.status, "Registered")), &facts)
    }

    func registration(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        guard let name = registrations["\(message.text(.username)) \(message.text(.domain))"] else { return }
        emit(.trunkState(name: name, reachable: message.equals(.status, "Registered")), &facts)
    }
}

extension Substring {
    /// The first place of a text, without Foundation.
    fileprivate func range(of text: StaticString) -> Range<Index>? {
        let wanted = text.description
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(wanted) {
                return index..<self.index(index, offsetBy: wanted.count)
            }
            index = self.index(after: index)
        }
        return nil
    }
}
