import CTIServer
import TandemCore
import Testing

@Suite("Login (CTI reference 2)")
struct LoginTests {
    private let identity = #""company":"default","userlogin":"alice","ident":"X11-LE-27333","xivoversion":"1.2""#

    private func named(_ port: Port, secure: Bool = false, as login: String = "alice") -> ClientID {
        let client = port.open(secure: secure)
        port.send(
            client,
            #"{"class":"login_id","company":"default","userlogin":"\#(login)","ident":"web-1","xivoversion":"1.2"}"#)
        return client
    }

    @Test("1.3: the banner comes first, and can be switched off")
    func banner() {
        let port = Port()
        let client = port.open()
        #expect(port.banners[client]?.hasPrefix("XiVO CTI Server") == true)
        var silent = CTIServerConfiguration()
        silent.banner = nil
        let quiet = Port(silent)
        let other = quiet.open()
        #expect(quiet.banners[other] == nil)
    }

    @Test("2.1 to 2.3: the three steps, each with its replyid")
    func threeSteps() {
        let port = Port()
        let client = port.open()
        let first = port.ask(client, #"{"class":"login_id",\#(identity),"commandid":1}"#)
        #expect(
            first
                == json(
                    #"{"class":"login_id","replyid":1,"xivoversion":"1.2","version":"7777","sessionid":"abcdefghij"}"#))
        let second = port.ask(
            client,
            #"{"class":"login_pass","commandid":"two","hashedpassword":"5cf9b42b39979d08f36da10ca17cada73f8c1ded"}"#)
        #expect(second == json(#"{"class":"login_pass","replyid":"two","capalist":["supervisor"]}"#))
        let third = port.ask(
            client, #"{"class":"login_capas","commandid":3,"capaid":"supervisor","state":"away","lastconnwins":true}"#)
        #expect(third["replyid"] == 3)
        #expect(third["ipbxid"] == "paris")
        #expect(third["userid"] == "5")
        #expect(third["appliname"] == "Supervisor")
        #expect(third["capas"]?["ipbxcommands"]?.arrayValue?.contains("listen") == true)
        #expect(third["capas"]?["regcommands"]?.arrayValue?.contains("getlist") == true)
        #expect(third["capas"]?["services"] == [""])
        #expect(third["capas"]?["preferences"] == false)
        #expect(third["capas"]?["userstatus"]?["away"]?["longname"] == "Away")
        #expect(third["capas"]?["phonestatus"]?["8"]?["longname"] == "Ringing")
        #expect(third["capaxlets"]?.arrayValue?.isEmpty == false)
        #expect(port.node.presenceOfUser["5"] == "away")
        #expect(port.node.connected == ["5"])
        #expect(port.group == [client])
        #expect(port.limits[client] == CTIServerConfiguration().lineLimit)
    }

    @Test("2.1: versions of all eras are accepted and echoed", arguments: ["1.2", "2.0", "2.1", "2.2"])
    func versions(_ version: String) {
        let port = Port()
        let reply = port.ask(
            port.open(),
            #"{"class":"login_id","company":"c","userlogin":"alice","ident":"Android-x","xivoversion":"\#(version)"}"#)
        #expect(reply["xivoversion"] == .string(version))
        #expect(reply["wazoversion"] == nil)
    }

    @Test("2.1: a client of 17.16 and later says wazoversion")
    func wazoVersion() {
        let port = Port()
        let reply = port.ask(
            port.open(), #"{"class":"login_id","company":"c","userlogin":"alice","ident":"win-x","wazoversion":"2.3"}"#)
        #expect(reply["wazoversion"] == "2.3")
    }

    @Test(
        "2.1: each check of login_id has its error_string, then the connection is closed",
        arguments: [
            (#""userlogin":"a","xivoversion":"1.2""#, "missing:company,ident"),
            (#""company":"d""#, "missing:userlogin,ident,xivoversion"),
            (#""company":"d","userlogin":"a","ident":"X11-1","xivoversion":"1.1""#, "xivoversion_client:1.1;1.2"),
            (#""company":"d","userlogin":"a","ident":"X11-1","wazoversion":"3""#, "wazoversion_client:3;2.3"),
            (#""company":"d","userlogin":"a","ident":"BeOS-1","xivoversion":"1.2""#, "wrong_client_os_identifier:BeOS"),
            (#""company":"d","userlogin":5,"ident":"X11-1","xivoversion":"1.2""#, "wrong_type:userlogin"),
        ])
    func refusedIdentity(_ fields: String, _ error: String) {
        let port = Port()
        let client = port.open()
        let reply = port.ask(client, #"{"class":"login_id",\#(fields),"commandid":9}"#)
        #expect(reply == ["class": "login_id", "replyid": 9, "error_string": .string(error)])
        #expect(port.closed[client] != nil)
    }

    @Test("2.1: an unknown user fails only at login_pass, like a wrong password", arguments: ["nobody", "alice"])
    func noEnumeration(_ login: String) {
        let port = Port()
        let client = named(port, as: login)
        #expect(port.lines(client).last?["sessionid"] == "abcdefghij")
        let reply = port.ask(client, #"{"class":"login_pass","hashedpassword":"00"}"#)
        #expect(reply["error_string"] == "login_password")
        #expect(port.closed[client] != nil)
        #expect(port.server.counters.failedLogins == 1)
    }

    @Test("2.2: a password outside ASCII is hashed as UTF-8")
    func utf8Password() {
        let port = Port()
        let client = named(port, as: "bob")
        let reply = port.ask(client, #"{"class":"login_pass","hashedpassword":"\#(Port.pass("pässword"))"}"#)
        #expect(reply["capalist"] == ["client"])
    }

    @Test("2.2: login_pass without a proof")
    func missingProof() {
        let port = Port()
        let client = named(port)
        #expect(port.ask(client, #"{"class":"login_pass"}"#)["error_string"] == "missing:hashedpassword")
        #expect(port.closed[client] != nil)
    }

    @Test("2.2: a clear password counts over TLS only")
    func clearPassword() {
        let port = Port()
        let safe = named(port, secure: true)
        #expect(port.ask(safe, #"{"class":"login_pass","password":"secret"}"#)["capalist"] == ["supervisor"])
        let wrong = named(port, secure: true)
        #expect(port.ask(wrong, #"{"class":"login_pass","password":"no"}"#)["error_string"] == "login_password")
        let open = named(port)
        let reply = port.ask(open, #"{"class":"login_pass","password":"secret"}"#)
        #expect(reply["error_string"] == "clear_password_needs_tls")
        #expect(port.closed[open] != nil)
    }

    @Test("2.2: a user without a profile: capaid_undefined")
    func noProfile() {
        let port = Port()
        let client = named(port, as: "carol")
        let reply = port.ask(client, #"{"class":"login_pass","hashedpassword":"\#(Port.pass("c"))"}"#)
        #expect(reply["error_string"] == "capaid_undefined")
    }

    @Test(
        "2.3: each check of login_capas",
        arguments: [
            ("alice", "secret", #""x":1"#, "missing:state,capaid"),
            ("alice", "secret", #""state":"away","capaid":"nonesuch""#, "unknownprofile"),
            ("dave", "d", #""state":"away","capaid":"nonesuch""#, "unknownprofile"),
            ("alice", "secret", #""state":"away","capaid":"client""#, "wrongprofile"),
            ("alice", "secret", #""state":[],"capaid":"supervisor""#, "wrong_type:state"),
        ])
    func refusedProfile(_ login: String, _ password: String, _ fields: String, _ error: String) {
        let port = Port()
        let client = named(port, as: login)
        port.send(client, #"{"class":"login_pass","hashedpassword":"\#(Port.pass(password))"}"#)
        let reply = port.ask(client, #"{"class":"login_capas",\#(fields)}"#)
        #expect(reply["error_string"] == .string(error))
        #expect(port.closed[client] != nil)
        #expect(port.node.connected.isEmpty)
    }

    @Test(
        "2.6: nothing is served before the login, and the steps keep their order",
        arguments: [
            #"{"class":"getlist","function":"listid","listname":"users"}"#, #"{"class":"keepalive"}"#,
            #"{"class":"login_pass","hashedpassword":"0"}"#, #"{"class":"login_capas","state":"a","capaid":"b"}"#,
            #"{"class":"nonesuch"}"#, #"{"x":1}"#,
        ])
    func beforeLogin(_ line: String) {
        let port = Port()
        let client = port.open()
        #expect(port.ask(client, line)["error_string"] == "notloggedyet")
        #expect(port.closed[client] != nil)
        #expect(port.server.counters.notLoggedIn == 1)
    }

    @Test("2.3: a presence that the site does not have is ignored, the login goes on")
    func unknownPresence() {
        let port = Port()
        let client = named(port)
        port.send(client, #"{"class":"login_pass","hashedpassword":"\#(Port.pass("secret"))"}"#)
        let reply = port.ask(client, #"{"class":"login_capas","capaid":"supervisor","state":"asleep"}"#)
        #expect(reply["userid"] == "5")
        #expect(port.node.presenceOfUser["5"] == nil)
    }

    @Test("1.4: a login that takes too long is closed without a word")
    func loginTimeout() {
        let port = Port()
        let late = port.open()
        port.pass(.seconds(3))
        let inTime = port.logIn()
        port.pass(.milliseconds(1_999))
        #expect(port.closed.isEmpty)
        port.pass(.milliseconds(1))
        #expect(port.closed.keys.sorted() == [late])
        #expect(port.lines(late).isEmpty)
        port.pass(.seconds(3_600))
        #expect(port.closed[inTime] == nil)
        #expect(port.server.counters.loginTimeouts == 1)
        #expect(port.server.nextDeadline == nil)
    }

    @Test("2.4: one user may have several connections; the last loss makes it disconnected")
    func severalConnections() {
        let port = Port()
        let first = port.logIn()
        let second = port.logIn()
        #expect(port.server.status.connections.map(\.userID) == ["5", "5"])
        #expect(port.server.loggedInCount == 2)
        port.close(first)
        #expect(port.node.connected == ["5"])
        #expect(port.node.presenceOfUser["5"] == "available")
        port.close(second)
        #expect(port.node.connected.isEmpty)
        #expect(port.node.presenceOfUser["5"] == "disconnected")
    }

    @Test("2.5: logout is acknowledged, the presence becomes disconnected, and nothing is served any more")
    func logout() {
        let port = Port()
        let client = port.logIn()
        port.clear()
        port.send(client, #"{"class":"logout","stopper":"disconnect","commandid":4}"#)
        #expect(port.lines(client) == [["class": "logout", "replyid": 4]])
        #expect(port.node.presenceOfUser["5"] == "disconnected")
        #expect(port.group.isEmpty)
        #expect(port.ask(client, #"{"class":"keepalive"}"#)["error_string"] == "notloggedyet")
        port.close(client)
        #expect(port.server.status.connections.isEmpty)
        #expect(port.server.loggedInCount == 0)
    }

    @Test("A second login on a logged-in connection is not done")
    func loginTwice() {
        let port = Port()
        let client = port.logIn()
        let reply = port.ask(client, #"{"class":"login_id",\#(identity)}"#)
        #expect(reply["warning_string"] == "already_logged_in")
        #expect(port.closed.isEmpty)
    }

    @Test("The reply to login_capas waits until the presence is durable")
    func loginWaitsForStore() {
        let port = Port()
        port.node.storesAtOnce = false
        let client = port.logIn()
        #expect(port.lines(client).last?["class"] == "login_pass")
        #expect(port.group.isEmpty)
        port.node.store()
        port.run()
        #expect(port.lines(client).last?["class"] == "login_capas")
        #expect(port.group == [client])
    }

    @Test("A store that cannot be written keeps nobody out, and acknowledges no presence")
    func noStore() {
        let port = Port()
        port.node.canStore = false
        let client = port.logIn()
        #expect(port.lines(client).last?["class"] == "login_capas")
        #expect(port.group == [client])
        port.clear()
        #expect(
            port.ask(client, #"{"class":"availstate","availstate":"away","commandid":9}"#)["warning_string"]
                == "store_unavailable")
        #expect(port.lines(client).count == 1, "nobody is told of a presence that is not kept")
        port.node.canStore = true
        port.node.storesAtOnce = false
        port.send(client, #"{"class":"availstate","availstate":"away","commandid":10}"#)
        port.node.canStore = false
        port.node.store()
        port.run()
        #expect(port.lines(client).last?["warning_string"] == "store_unavailable")
        #expect(port.ask(client, #"{"class":"logout","commandid":11}"#)["warning_string"] == nil)
    }

    @Test("A client that goes before its login is durable leaves nothing behind")
    func goneBeforeStored() {
        let port = Port()
        port.node.storesAtOnce = false
        let client = port.logIn()
        port.close(client)
        port.node.store()
        port.run()
        #expect(port.group.isEmpty)
        #expect(port.node.connected.isEmpty)
    }

    @Test("An address that keeps failing has to wait, others do not")
    func throttle() {
        let port = Port()
        func attempt(_ password: String, address: String) -> ClientID {
            let client = port.open(address: address)
            port.send(client, #"{"class":"login_id",\#(identity)}"#)
            port.send(client, #"{"class":"login_pass","hashedpassword":"\#(Port.pass(password))"}"#)
            return client
        }
        for _ in 0..<5 { _ = attempt("wrong", address: "203.0.113.9") }
        #expect(port.server.counters.failedLogins == 5)
        let sixth = attempt("wrong", address: "203.0.113.9")
        let seventh = attempt("secret", address: "203.0.113.9")
        let other = attempt("secret", address: "203.0.113.10")
        #expect(port.lines(sixth).last?["class"] == "login_id")
        #expect(port.lines(seventh).last?["class"] == "login_id")
        #expect(port.lines(other).last?["capalist"] == ["supervisor"])
        port.pass(.seconds(1))
        #expect(port.lines(sixth).last?["error_string"] == "login_password")
        #expect(port.lines(seventh).last?["class"] == "login_id")
        port.pass(.seconds(2))
        #expect(port.lines(seventh).last?["capalist"] == ["supervisor"])
        #expect(port.server.counters.throttledLogins == 2)
    }

    @Test("A flood of attempts is turned away instead of queued")
    func flood() {
        let port = Port()
        var refused = 0
        for _ in 0..<50 {
            let client = port.open()
            port.send(client, #"{"class":"login_id",\#(identity)}"#)
            port.send(client, #"{"class":"login_pass","hashedpassword":"x"}"#)
            if port.lines(client).last?["error_string"] == "login_throttled" { refused += 1 }
        }
        // The sixth waits a second, the seventh two more; the eighth would wait for four more.
        #expect(refused == 50 - 5 - 2)
    }
}
