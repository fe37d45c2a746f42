import CTIProtocol
import PBX
import TandemCore

// Agents.
extension CommandPlanner {
    private var agentNumber: Extension? {
        guard case .object(let id)? = command.address(.agentIDs), id.site == site else { return nil }
        return node.model.agent(id.key.id).flatMap { Extension($0.number) }
    }

    func agentLogin() -> CommandPlan {
        guard let agent = agentNumber else { return .refuse("there is no such agent at \(site)", reply: "noaction") }
        let own = resolver.ownUser.flatMap { node.model.mainPhone(ofUser: $0) }.flatMap { node.model.phone($0)?.number }
        guard let number = command.number(.agentPhoneNumber) ?? own.flatMap({ Extension($0) }),
            let context = ContextName(resolver.ownContext)
        else { return .refuse("agent_login_invalid_exten", reply: "source") }
        return .actions([.agentLogin(agent: agent, extension: number, context: context)], result: [:])
    }

    func agentLogout() -> CommandPlan {
        guard let agent = agentNumber else { return .refuse("there is no such agent at \(site)", reply: "noaction") }
        return .actions([.agentLogoff(agent: agent)], result: [:])
    }
}
