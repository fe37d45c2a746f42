import CTIServer
import Federation
import NodeCore
import Store
import TandemCore

// The Prometheus page. Every name is listed in docs/operating.md.
extension AdminAPI {
    func metrics() -> AdminResponse {
        var page = MetricsText()
        let now = NodeClock.now()
        page.gauge("tandem_uptime_seconds", "Seconds since the start.", (now.instant - startedAt.instant).inSeconds)
        if let open = Descriptors.open { page.gauge("tandem_descriptors_open", "Open descriptors.", Double(open)) }
        page.gauge("tandem_descriptors_limit", "How many may be open.", Double(Descriptors.limit))
        page.gauge("tandem_pbx_up", "1 when the PBX answers.", core.pbx.isUp == true ? 1 : 0)
        writeLinks(&page, now)
        writeSites(&page)
        Self.write(core.federation.counters, &page)
        page.gauge("tandem_clients", "CTI connections.", Double(core.cti.connectionCount))
        page.gauge("tandem_clients_logged_in", "Those that are logged in.", Double(core.cti.loggedInCount))
        Self.write(core.cti.counters, &page)
        page.counter("tandem_cti_lagging", "Clients that read too slowly for pushes.", Double(shell.clients.lagging))
        if let store = shell.gate.store {
            page.gauge(
                "tandem_store_up", "1 when the store can be written in time.", core.storeProblem == nil ? 1 : 0)
            Self.write(store.health, &page)
        }
        for (name, help, count) in shell.driver?.metrics.all ?? [] {
            page.counter("tandem_driver_" + name, help + ".", Double(count))
        }
        return AdminResponse(
            status: .ok, contentType: "text/plain; version=0.0.4; charset=utf-8", body: .bytes(Array(page.text.utf8)))
    }

    private func writeLinks(_ page: inout MetricsText, _ now: Moment) {
        for status in core.federation.links {
            let labels = ["peer": status.peer.name]
            page.gauge(
                "tandem_link_up", "1 when the link is established.", status.state == .established ? 1 : 0, labels)
            page.gauge("tandem_link_cost", "Configured cost of the link.", Double(status.cost), labels)
            page.gauge(
                "tandem_link_state_seconds", "For how long the link is up or down.",
                max(0, (now.instant - status.since).inSeconds), labels)
            page.counter("tandem_link_received_bytes", "Bytes received.", Double(status.bytesIn), labels)
            page.counter("tandem_link_sent_bytes", "Bytes sent.", Double(status.bytesOut), labels)
            page.counter("tandem_link_received_frames", "Frames received.", Double(status.framesIn), labels)
            page.counter("tandem_link_sent_frames", "Frames sent.", Double(status.framesOut), labels)
            if let trip = status.roundTrip {
                page.gauge(
                    "tandem_link_round_trip_seconds", "Smoothed round trip of heartbeats.", trip.inSeconds, labels)
            }
        }
        page.gauge("tandem_routes", "Sites that can be reached.", Double(core.federation.routes.count))
    }

    private func writeSites(_ page: inout MetricsText) {
        for site in core.sites {
            let (freshness, age) = core.freshness(of: site)
            let labels = ["site": site.name]
            page.gauge(
                "tandem_site_fresh", "1 when the picture of the site is current.", freshness.isFresh ? 1 : 0, labels)
            page.gauge("tandem_site_age_seconds", "Age of the picture; 0 when fresh.", age ?? 0, labels)
            page.gauge(
                "tandem_site_objects", "Objects known of the site.", Double(core.federation.objectCount(of: site)),
                labels)
        }
    }

    private static func write(_ counters: FederationCounters, _ page: inout MetricsText) {
        for (name, help, count) in [
            ("bad_frames", "Lines of peers that were no valid frame, or broke the rules.", counters.badFrames),
            ("greetings_refused", "Sockets of peers refused in the greeting.", counters.greetingsRefused),
            ("changes_applied", "Changes applied to copies of other sites.", counters.changesApplied),
            ("duplicate_frames", "Frames of changes that were known already.", counters.duplicateFrames),
            ("gaps", "Frames of changes that left a gap and were asked for again.", counters.gaps),
            ("late_frames", "Frames that belong to a pull given up before.", counters.lateFrames),
            ("snapshots_sent", "Whole states of sites sent.", counters.snapshotsSent),
            ("snapshots_applied", "Whole states of sites received and applied.", counters.snapshotsApplied),
            ("digest_repairs", "Copies whose digest differed from the source's.", counters.digestRepairs),
            ("link_states_flooded", "Link states passed on.", counters.linkStatesFlooded),
            ("commands_submitted", "Commands submitted at this node.", counters.commandsSubmitted),
            ("commands_forwarded", "Commands handed to a neighbour.", counters.commandsForwarded),
            ("commands_executed", "Commands run at this site.", counters.commandsExecuted),
            (
                "commands_repeated", "Repeated keys, answered from the ledger or joined to a running command.",
                counters.commandsRepeated
            ),
            ("late_answers", "Answers that came after their command was given up.", counters.lateAnswers),
        ] {
            page.counter("tandem_federation_" + name, help, Double(count))
        }
    }

    private static func write(_ counters: CTICounters, _ page: inout MetricsText) {
        for (kind, count) in [
            ("invalid_json", counters.invalidJSON), ("missing_class", counters.missingClass),
            ("unknown_class", counters.unknownClass), ("missing_field", counters.missingField),
            ("wrong_type", counters.wrongType), ("invalid_field", counters.invalidField),
            ("line_too_long", counters.lineTooLong), ("not_logged_in", counters.notLoggedIn),
            ("unallowed", counters.unallowed), ("too_many_pending", counters.tooManyPending),
            ("login_failed", counters.failedLogins), ("login_throttled", counters.throttledLogins),
            ("login_timeout", counters.loginTimeouts), ("strangers_cut", counters.strangersCut),
        ] {
            page.counter(
                "tandem_cti_bad_input", "Client input that was refused, by kind.", Double(count), ["kind": kind])
        }
        for (name, help, count) in [
            ("connections", "Connections opened.", counters.connections),
            ("logins", "Logins that succeeded.", counters.logins),
            ("lines", "Lines received from clients.", counters.lines),
            ("received_bytes", "Bytes of these lines.", counters.bytesIn),
            ("sent_bytes", "Bytes sent to single clients.", counters.bytesOut),
            ("pushed_bytes", "Bytes encoded for all clients at once.", counters.bytesPushed),
            ("commands", "Commands that reached a handler.", counters.commands),
            ("submissions", "Commands handed on to the site that executes them.", counters.submissions),
            ("answers_dropped", "Answers for clients that had gone.", counters.answersDropped),
        ] {
            page.counter("tandem_cti_" + name, help, Double(count))
        }
    }

    private static func write(_ health: StoreHealth, _ page: inout MetricsText) {
        page.gauge("tandem_store_waiting", "Entries that wait to be written.", Double(health.waiting))
        page.gauge(
            "tandem_store_waiting_seconds", "For how long somebody has waited for a write.", health.waitingSeconds)
        page.counter("tandem_store_commits", "Transactions written.", Double(health.commits))
        page.counter("tandem_store_entries", "Entries written.", Double(health.entries))
        page.counter("tandem_store_failures", "Transactions that failed.", Double(health.failures))
        page.counter(
            "tandem_store_dropped_copies", "Stored copies of sites that were given up for want of memory.",
            Double(health.droppedCopies))
        page.counter(
            "tandem_store_dropped_calls", "Calls that were given up and are missing in the history.",
            Double(health.droppedCalls))
        page.counter(
            "tandem_store_dropped_audit_lines", "Audit lines that were given up.", Double(health.droppedAuditLines))
    }
}
