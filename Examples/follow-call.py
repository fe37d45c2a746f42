#!/usr/bin/env python3
"""Follows one telephone call through a CTI server: logs in, may dial, prints what happens until everybody hung up.

    follow-call.py --login alice --password alice --dial user:montreal/1
    follow-call.py --port 5003 --login alice            (the password is asked for)

Without --dial the next call that the server reports is followed. The protocol is one JSON object per line in both
directions; the server pushes each change of a phone or channel without being asked. Exit status: 0 when a complete
call was followed (answered, and every side hung up), 1 when not within --timeout, 2 when the server refused or is not
there. Python 3 standard library only.
"""

import argparse
import getpass
import hashlib
import itertools
import json
import socket
import sys
import time


class CTIError(Exception):
    pass


class Connection:
    """A CTI connection: objects out, objects in, pushes kept for later while an answer is awaited."""

    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), 5)
        self.received = b""
        self.pushes = []
        self.numbers = itertools.count(1)

    def send(self, **fields):
        number = next(self.numbers)
        self.socket.sendall(json.dumps({**fields, "commandid": number}).encode() + b"\n")
        return number

    def read(self, deadline):
        """The next object, or None at the deadline. Lines that are no object, like the banner, are skipped."""
        while True:
            line, end, rest = self.received.partition(b"\n")
            if end:
                self.received = rest
                try:
                    value = json.loads(line)
                except ValueError:
                    continue
                if isinstance(value, dict):
                    return value
                continue
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return None
            self.socket.settimeout(remaining)
            try:
                chunk = self.socket.recv(65536)
            except TimeoutError:
                return None
            if not chunk:
                raise CTIError("the server closed the connection")
            self.received += chunk

    def ask(self, **fields):
        """Sends a command and returns its answer."""
        number = self.send(**fields)
        deadline = time.monotonic() + 10
        while (message := self.read(deadline)) is not None:
            # servers of some eras leave out the reply id, never the class
            if message.get("replyid", number) == number and message.get("class") == fields["class"]:
                if "error_string" in message:
                    raise CTIError(f"{fields['class']}: {message['error_string']}")
                if "warning_string" in message:
                    raise CTIError(f"{fields['class']}: {message['warning_string']}")
                return message
            self.pushes.append(message)
        raise CTIError(f"no answer to {fields['class']} within 10 s")

    def login(self, name, password):
        """Three steps: the server's session id salts the hash, so the password itself never travels."""
        hello = self.ask(**{"class": "login_id"}, company="default", userlogin=name, ident="X11-follow-call",
                         xivoversion="1.2", git_hash="none", git_date="none")
        proof = hashlib.sha1(f"{hello['sessionid']}:{password}".encode()).hexdigest()
        profile = self.ask(**{"class": "login_pass"}, hashedpassword=proof)["capalist"][0]
        return self.ask(**{"class": "login_capas"}, capaid=profile, state="available", lastconnwins=False,
                        loginkind="user")


class Follower:
    """What is known of the call: its channels, who is linked, who is gone."""

    def __init__(self):
        self.alive = {}  # (site, channel): its status so far
        self.roles = {}  # the first channel seen as linked-caller and linked-called
        self.began = time.monotonic()

    def take(self, message):
        if message.get("class") != "getlist" or message.get("listname") not in ("phones", "channels"):
            return
        site, kind, what = message.get("tipbxid", "?"), message["listname"], message.get("function")
        if what == "updatestatus":
            self.show(site, kind, message.get("tid"), message.get("status"))
            if kind == "channels" and isinstance(message.get("status"), dict):
                known = self.alive.setdefault((site, message.get("tid")), {})
                known.update(message["status"])
                if str(known.get("commstatus", "")).startswith("linked-"):
                    self.roles.setdefault(known["commstatus"], (site, message["tid"]))
        elif kind == "channels" and what in ("addconfig", "delconfig"):
            for channel in message.get("list") or []:
                self.show(site, kind, channel, "new" if what == "addconfig" else "gone")
                if what == "addconfig":
                    self.alive.setdefault((site, channel), {})
                else:
                    self.alive.pop((site, channel), None)

    def show(self, site, kind, name, status):
        if isinstance(status, dict):
            shown = ("hintstatus", "channels", "commstatus", "direction", "peerdisplay", "talkingto_id", "holded")
            status = " ".join(f"{key}={status[key]}" for key in shown if status.get(key) not in (None, False, ""))
        print(f"{time.monotonic() - self.began:7.2f}  {kind[:-1]:7}  {site}/{name}  {status}", flush=True)

    @property
    def answered(self):
        return len(self.roles) >= 2

    @property
    def complete(self):
        return self.answered and not self.alive


def follow(connection, options):
    follower = Follower()
    for message in connection.pushes:
        follower.take(message)
    follower.alive.clear()  # what went on before is not the call to follow
    follower.roles.clear()
    number = None
    if options.dial:
        number = connection.send(**{"class": "ipbxcommand"}, command="dial", destination=options.dial)
        print(f"dialling {options.dial}", flush=True)
    deadline = time.monotonic() + options.timeout
    hang_up = None
    while not follower.complete:
        message = connection.read(min(deadline, hang_up or deadline))
        now = time.monotonic()
        if message is not None:
            if number and message.get("replyid") == number:
                if message.get("error_string") or message.get("warning_string") or message.get("response") == "ko" \
                        or message.get("ipbxreply") in (False, "noaction", "noconn", "source", "destination", "ipbxid"):
                    raise CTIError(f"dial refused: {json.dumps(message)}")
            follower.take(message)
        if options.dial and follower.answered and hang_up is None:
            hang_up = now + options.talk
        if hang_up is not None and hang_up != float("inf") and now >= hang_up:
            # The channels of other sites are nobody's there: one's own side is what one may end.
            connection.send(**{"class": "ipbxcommand"}, command="hangupme")
            print("hanging up", flush=True)
            hang_up = float("inf")
        if now >= deadline:
            left = ", ".join("/".join(key) for key in follower.alive) or "no channel"
            print(f"no complete call within {options.timeout:g} s ({left} left)", file=sys.stderr)
            return 1
    print("the call is over: answered, and every side hung up")
    return 0


def main():
    parser = argparse.ArgumentParser(description="Follows one call through a CTI server.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5003)
    parser.add_argument("--login", required=True)
    parser.add_argument("--password", help="asked for when not given")
    parser.add_argument("--dial", metavar="ID", help="whom to call, e.g. user:montreal/1 or exten:paris/102")
    parser.add_argument("--talk", type=float, default=3, metavar="SECONDS", help="with --dial: hang up after (3)")
    parser.add_argument("--timeout", type=float, default=60, metavar="SECONDS")
    options = parser.parse_args()
    if options.password is None:
        options.password = getpass.getpass("password: ")
    try:
        connection = Connection(options.host, options.port)
        me = connection.login(options.login, options.password)
        print(f"logged in as user {me.get('userid')} of {me.get('ipbxid')}")
        print("sites: " + ", ".join(connection.ask(**{"class": "getipbxlist"}).get("ipbxlist", [])))
        return follow(connection, options)
    except (CTIError, OSError, KeyError, IndexError) as error:
        print(f"follow-call: {options.host}:{options.port}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
