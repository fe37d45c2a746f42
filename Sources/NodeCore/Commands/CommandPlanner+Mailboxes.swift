import CTIProtocol
import PBX
import TandemCore

// Mailboxes.
extension CommandPlanner {
    func mailboxCount() -> CommandPlan {
        var mailbox = command.text(.mailbox) ?? ""
        var context = command.mailboxContext
        if case .object(let id)? = command.address(.mailbox) {
            guard id.site == site, let number = node.model.number(of: id.key) else {
                return .refuse("there is no mailbox \(id) at \(site)", reply: "source")
            }
            (mailbox, context) = (number.number, number.context)
        }
        guard let mailbox = MailboxNumber(mailbox), let context = ContextName(context) else {
            return .refuse("mailbox is needed", reply: "source")
        }
        return .actions([.mailboxCount(mailbox: mailbox, context: context)], result: [:])
    }
}
