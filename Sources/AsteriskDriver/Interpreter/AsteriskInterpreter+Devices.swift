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
        emit(.endpointState(endpoint: device, state: state), &facts)
    }

    /// A hint says which number and context reach a device. Its state is the device's own only when it watches one.
    mutating func extensionStatus(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        guard !message.isEmpty(.hint) else { return }
        let hint = message.text(.hint)
        let devices = hint.split(whereSeparator: { $0 == "," || $0 == "&" }).filter { Self.isDevice($0) }
        for device in devices {
            let name = String(device)
            let target = HintTarget(number: message.text(.exten), context: message.text(.context))
            if hintOf.updateValue(target, forKey: name) != target {
                emit(
                    .endpointSeen(endpoint: name, number: target.number, context: target.context, displayName: nil),
                    &facts)
            }
        }
        if devices.count == 1, let state = message.integer(.status).flatMap(DeviceState.init(extensionStatus:)) {
            tell(String(devices[0]), state, &facts)
        }
    }

    /// The device that a number's hint watches; the first by name when several have that number.
    public func device(number: String, context: String) -> String? {
        let devices = hintOf.filter { $0.value.number == number }
        return devices.filter { $0.value.context == context }.keys.min() ?? devices.keys.min()
    }

    // MARK: Lists and registrations

    mutating func endpointListed(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let name = message.text(.objectName)
        guard !name.isEmpty else { return }
        let endpoint = "PJSIP/\(name)"
        emit(.endpointSeen(endpoint: endpoint, number: nil, context: nil, displayName: nil), &facts)
        emit(
            .endpointRegistration(endpoint: endpoint, address: Self.address(ofContact: message.text(.contacts))), &facts
        )
    }

    /// An entry of `SIPpeers` or `IAXpeers`.
    func peerListed(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let name = message.text(.objectName)
        guard !name.isEmpty else { return }
        let technology = message.begins(.channelType, "IAX") ? "IAX2" : "SIP"
        let endpoint = "\(technology)/\(name)"
        emit(.endpointSeen(endpoint: endpoint, number: nil, context: nil, displayName: nil), &facts)
        var address: String?
        if !message.isEmpty(.ipAddress), !message.begins(.ipAddress, "-none-") {
            address = "\(message.text(.ipAddress)):\(message.text(.ipPort))"
        }
        emit(.endpointRegistration(endpoint: endpoint, address: address), &facts)
    }

    /// A PJSIP contact came, went or was tested. One that does not answer any more counts as gone.
    func contactStatus(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        let name = message.isEmpty(.endpointName) ? message.text(.aor) : message.text(.endpointName)
        guard !name.isEmpty else { return }
        let isGone = message.equals(.contactStatus, "Removed") || message.equals(.contactStatus, "Unreachable")
        emit(
            .endpointRegistration(
                endpoint: "PJSIP/\(name)", address: isGone ? nil : Self.address(ofContact: message.text(.uri))),
            &facts)
    }

    /// chan_sip and IAX2. PJSIP sends it too, without an address: `ContactStatus` says more.
    func peerStatus(_ message: borrowing AMIMessage, _ facts: inout [PBXEvent]) {
        guard message.begins(.channelType, "SIP") || message.begins(.channelType, "IAX"), !message.isEmpty(.peer) else {
            return
        }
        if message.equals(.peerStatus, "Registered") || message.equals(.peerStatus, "Reachable") {
            guard !message.isEmpty(.address) else { return }
            emit(
                .endpointRegistration(endpoint: message.text(.peer), address: message.text(.address)), &facts)
        } else if message.equals(.peerStatus, "Unregistered") || message.equals(.peerStatus, "Unreachable") {
            emit(.endpointRegistration(endpoint: message.text(.peer), address: nil), &facts)
        }
    }

    /// `101/sip:101@192.0.2.7:5060;ob,…` or `sip:101@192.0.2.7:5060` to `192.0.2.7:5060`; nil when there is none.
    static func address(ofContact contact: String) -> String? {
        guard let first = contact.split(separator: ",", maxSplits: 1).first else { return nil }
        var rest = first
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
