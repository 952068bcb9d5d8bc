"""Who may do what in MongoDB: SCRAM (RFC 5802) with SHA-1 and SHA-256, and accounts with roles by database."""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
OPEN = {"hello", "ismaster", "isMaster", "ping", "buildInfo", "buildinfo", "endSessions"}
ROUNDS = 4096


@dataclass
class Accounts:
    """Names with passwords, and the databases that they may use (the master: all of them)."""

    master: tuple[str, str]
    passwords: dict[str, str] = field(default_factory=dict)
    roles: dict[str, list[Document]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.passwords[self.master[0]] = self.master[1]

    def may(self, name: str, database: str) -> bool:
        return name == self.master[0] or any(role["db"] == database for role in self.roles.get(name, []))

    def managed(self, said: Document) -> Document | None:
        """Answer a command about accounts; None if it is about something else."""
        verb = next(iter(said))
        if verb in {"createUser", "updateUser"}:
            name = said[verb]
            if (name in self.passwords) == (verb == "createUser"):
                known = {"createUser": (51003, "User already exists"), "updateUser": (11, "Could not find user")}
                return _refused(*known[verb])
            self.passwords[name] = said.get("pwd", self.passwords.get(name, ""))
            self.roles[name] = said.get("roles", self.roles.get(name, []))
        elif verb == "usersInfo":
            name = said[verb]["user"] if isinstance(said[verb], dict) else said[verb]
            users = [{"user": name, "db": "admin", "roles": self.roles.get(name, [])}]
            return {"ok": 1.0, "users": users if name in self.passwords else []}
        elif verb == "dropUser":
            self.passwords.pop(said[verb], None)
        elif verb == "shardCollection":
            if [*said["key"].values()] != ["hashed"]:  # DocumentDB's elastic clusters know nothing else
                return _refused(72, "Range sharding and shard keys of several fields are not supported")
        else:
            return None
        return {"ok": 1.0}


@dataclass
class Visitor:
    """One connection: nobody at first, then whoever proved to be."""

    accounts: Accounts
    name: str = ""
    claimed: str = ""
    nonces: str = ""
    digest: str = "sha1"
    salt: bytes = field(default_factory=lambda: os.urandom(16))

    def answer(self, said: Document) -> Document | None:
        """What the client is told of `said`; None if the server behind is to answer."""
        verb = next(iter(said), "hello")
        if verb == "saslStart":
            self.digest = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256"}[said["mechanism"]]
            return self._start(said["payload"].decode())
        if verb == "saslContinue":
            return self._proved(said["payload"].decode())
        if verb in OPEN:
            return None
        if not self.name or not self.accounts.may(self.name, said["$db"]):
            return _refused(13, f"not authorized on {said['$db']} to execute command {verb}")
        if verb == "shardCollection" and said["$db"] != "admin":
            return _refused(13, "shardCollection may only be run against the admin database.")
        return self.accounts.managed(said) if said["$db"] == "admin" else None

    def _start(self, first: str) -> Document:
        fields = dict(part.split("=", 1) for part in first.removeprefix("n,,").split(","))
        self.claimed = fields["n"].replace("=2C", ",").replace("=3D", "=")
        ours = f"r={fields['r']}{b64encode(os.urandom(18)).decode()},s={b64encode(self.salt).decode()},i={ROUNDS}"
        self.nonces = f"{first.removeprefix('n,,')},{ours}"
        return {"ok": 1.0, "conversationId": 1, "done": False, "payload": ours.encode()}

    def _proved(self, final: str) -> Document:
        without, _, proof = final.rpartition(",p=")
        text = f"{self.nonces},{without}".encode()
        password = self.accounts.passwords.get(self.claimed, os.urandom(8).hex())
        if self.digest == "sha1":  # MongoDB's own, from the days of its first mechanism
            password = hashlib.md5(f"{self.claimed}:mongo:{password}".encode(), usedforsecurity=False).hexdigest()
        salted = hashlib.pbkdf2_hmac(self.digest, password.encode(), self.salt, ROUNDS)
        key = self._sign(salted, b"Client Key")
        mask = self._sign(hashlib.new(self.digest, key, usedforsecurity=False).digest(), text)
        if bytes(a ^ b for a, b in zip(key, mask, strict=True)) != b64decode(proof):
            return _refused(18, "Authentication failed.")
        self.name = self.claimed
        signature = b64encode(self._sign(self._sign(salted, b"Server Key"), text))
        return {"ok": 1.0, "conversationId": 1, "done": True, "payload": b"v=" + signature}

    def _sign(self, key: bytes, text: bytes) -> bytes:
        return hmac.digest(key, text, self.digest)


def _refused(code: int, message: str) -> Document:
    return {"ok": 0.0, "code": code, "errmsg": message}
