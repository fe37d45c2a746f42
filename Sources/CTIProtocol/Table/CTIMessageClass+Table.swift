extension CTIMessageClass {
    /// The row of each class. The compiler asks for a row when a class is added.
    static func row(of messageClass: CTIClass) -> CTIMessageClass {
        switch messageClass {
        case .loginID:
            CTIMessageClass(
                .loginID,
                required: [CTIField("company"), CTIField("userlogin"), CTIField("ident"), CTIField("xivoversion")],
                optional: [
                    CTIField("wazoversion"), CTIField("git_hash", .any), CTIField("git_date", .any),
                    CTIField("version", .any),
                ],
                needs: .connected, right: .none,
                "Names the user and the client; the answer carries the session id. `wazoversion` stands for "
                    + "`xivoversion`.")
        case .loginPass:
            CTIMessageClass(
                .loginPass, required: [CTIField("hashedpassword")], optional: [CTIField("password")],
                needs: .identified, right: .none,
                "Proves the password; the answer lists the profile. `password` stands for `hashedpassword`.")
        case .loginCapas:
            CTIMessageClass(
                .loginCapas, required: [CTIField("state", .id), CTIField("capaid", .id)],
                optional: [
                    CTIField("lastconnwins", .any), CTIField("loginkind", .any), CTIField("agentphonenumber", .any),
                ],
                needs: .authenticated, right: .none,
                "Chooses the profile and the first presence; the answer carries the rights.")
        case .logout:
            CTIMessageClass(
                .logout, optional: [CTIField("stopper", .any), CTIField("availstate", .any)], right: .none,
                "Ends the session; the presence becomes `disconnected`.")
        case .keepAlive:
            CTIMessageClass(
                .keepAlive,
                optional: [
                    CTIField("rate-bytes", .any), CTIField("rate-msec", .any), CTIField("rate-samples", .any),
                ],
                right: .none,
                "Asks for a sign of life; the answer carries `warning_string`, which is the healthy answer.")
        case .getIPBXList:
            CTIMessageClass(.getIPBXList, .fromClient, "Asks for the names of all sites.")
        case .getList:
            CTIMessageClass(
                .getList, .both, required: [CTIField("function"), CTIField("listname")],
                optional: [CTIField("tipbxid"), CTIField("tid", .id)],
                "Asks for the ids of a list (`listid`), an object's configuration (`updateconfig`) or status "
                    + "(`updatestatus`); changes are pushed in the same form, and `addconfig`, `delconfig`.")
        case .availState:
            CTIMessageClass(
                .availState, required: [CTIField("availstate")],
                optional: [CTIField("ipbxid"), CTIField("userid", .id)], rightForOthers: .availstateOthers,
                at: .addressee, in: .people, "Sets the presence of the user, or of another one.")
        case .chitchat:
            CTIMessageClass(
                .chitchat, .both, required: [CTIField("to", .person), CTIField("text")],
                optional: [CTIField("alias")], at: .addressee,
                "Sends a text to every connection of a user of any site (`<site>/<user id>`), where it is pushed.")
        case .ipbxCommand:
            CTIMessageClass(
                .ipbxCommand, required: [CTIField("command")], optional: [CTIField("idempotencykey")],
                at: .command, answer: .several, in: .people, "Has the PBX do something; see the table of commands.")
        case .dialSuccess:
            CTIMessageClass(
                .dialSuccess, .fromServer, answer: .push, in: .nobody, eras: "E2–E3",
                "The PBX accepted a `dial`; `exten` is the number.")
        case .siteStatus:
            CTIMessageClass(
                .siteStatus, .fromServer, answer: .push, in: .nobody, eras: "Tandem",
                "How current the picture of a site is: `state` is `fresh`, `stale` or `unknown`, `age` its age in "
                    + "seconds.")
        case .disconnect:
            CTIMessageClass(
                .disconnect, .fromServer, answer: .push, in: .nobody, eras: "E0",
                "The server is about to close the connection.")
        }
    }
}
