# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sign-in of one HTTP connection: Basic, and Negotiate with NTLM inside or bare; sealing of messages.

Sources: [MS-WSMV] 2.2.9.1 (encrypted messages), 3.1.4.1.29.1 (AllowUnencrypted), RFC 4559, RFC 7617.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import spnego
from spnego.exceptions import SpnegoError

from .interface import Machine

SEALED = 'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"'

_STORE = "NTLM_USER_FILE"
_BOUNDARY = b"--Encrypted Boundary"
# The specification's own example and Exchange put a blank behind the dashes; pywinrm and pypsrp do not.
_SEALED_BODY = re.compile(
    rb"--\s*Encrypted Boundary\r\n(?P<header>.*?)--\s*Encrypted Boundary\r\n"
    rb"\s*Content-Type: application/octet-stream\r\n(?P<data>.*)--\s*Encrypted Boundary(?:--)?\r?\n?\Z",
    re.DOTALL | re.IGNORECASE,
)
_LENGTH = re.compile(rb"Length=(\d+)", re.IGNORECASE)
_CHARSET = re.compile(rb"charset=([\w-]+)", re.IGNORECASE)

_store_lock = threading.Lock()


class SealError(Exception):
    """A message cannot be opened: sealed for another connection, or damaged."""


@dataclass(frozen=True)
class Policy:
    """What a server's service configuration allows.

    Windows' defaults are false and false (MS-WSMV 2.2.4.34, 2.2.4.36); a lab allows both so that plain HTTP with
    Basic, the cheapest sign-in, works.
    """

    basic: bool = True
    allow_unencrypted: bool = True


@dataclass(frozen=True)
class Outcome:
    """What a request's Authorization header led to.

    ``challenges`` are the WWW-Authenticate headers to send; with ``accepted`` false they go with a 401.
    """

    accepted: bool
    challenges: tuple[str, ...] = ()


class SignIn:
    """The sign-in state of one connection: NTLM signs in the connection, Basic each request."""

    def __init__(self, machine: Machine, policy: Policy, *, tls: bool) -> None:
        """Start anonymous."""
        self.user = ""
        self.scheme = ""
        self._machine = machine
        self._policy = policy
        self._tls = tls
        self._context: spnego.ContextProxy | None = None
        self._signed_in = False

    @property
    def offers(self) -> tuple[str, ...]:
        """The WWW-Authenticate headers of a 401: Basic only where the password travels as the policy allows."""
        basic = self._policy.basic and (self._tls or self._policy.allow_unencrypted)
        return ("Negotiate", 'Basic realm="WSMAN"') if basic else ("Negotiate",)

    def check(self, header: str | None) -> Outcome:
        """Judge an Authorization header."""
        if header is None:
            return Outcome(True) if self._signed_in else self._refused()
        scheme, _unused, value = header.partition(" ")
        try:
            token = base64.b64decode(value.strip(), validate=True)
        except binascii.Error:
            return self._refused()
        if scheme.lower() == "basic" and len(self.offers) > 1:
            return self._basic(token)
        if scheme.lower() == "negotiate":
            return self._negotiate(token)
        return self._refused()

    def may_be_unsealed(self) -> bool:
        """Whether a message may come as it is (MS-WSMV 3.1.4.1.29.1)."""
        return self._tls or self._policy.allow_unencrypted

    def unseal(self, body: bytes) -> tuple[bytes, str]:
        """Open a sealed message; return it and its character set.

        Raises:
            SealError: it was not sealed for this connection.
        """
        match = _SEALED_BODY.fullmatch(body)
        length = match and _LENGTH.search(match["header"])
        if self._context is None or not self._context.complete or not match or not length:
            raise SealError
        data = match["data"]
        try:
            (size,) = struct.unpack_from("<i", data)
            message = self._context.unwrap_winrm(data[4 : 4 + size], data[4 + size :])
        except (SpnegoError, ValueError, struct.error) as error:
            raise SealError from error
        if len(message) != int(length[1]):
            raise SealError
        charset = _CHARSET.search(match["header"])
        return message, charset[1].decode("ascii") if charset else "UTF-8"

    def seal(self, message: bytes, charset: str) -> bytes:
        """Seal an answer for this connection."""
        if self._context is None:
            raise SealError
        sealed = self._context.wrap_winrm(message)
        original = f"type=application/soap+xml;charset={charset};Length={len(message) + sealed.padding_length}"
        return b"".join(
            (
                _BOUNDARY,
                b"\r\n\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n\tOriginalContent: ",
                original.encode("ascii"),
                b"\r\n",
                _BOUNDARY,
                b"\r\n\tContent-Type: application/octet-stream\r\n",
                struct.pack("<i", len(sealed.header)),
                sealed.header,
                sealed.data,
                _BOUNDARY,
                b"--\r\n",
            )
        )

    def _refused(self) -> Outcome:
        self._signed_in, self._context, self.user = False, None, ""
        return Outcome(False, self.offers)

    def _basic(self, token: bytes) -> Outcome:
        user, _unused, password = token.decode("utf-8", "replace").partition(":")
        user = _local_name(self._machine.name, user)
        if not self._machine.check_password(user, password):
            return self._refused()
        # Basic proves one request; the next must bring its own header.
        self._signed_in, self._context = False, None
        self.user, self.scheme = user, "Basic"
        return Outcome(True)

    def _negotiate(self, token: bytes) -> Outcome:
        bare = token.startswith(b"NTLMSSP\0")
        try:
            with _accounts(self._machine):
                if self._context is None or self._context.complete:
                    self._signed_in = False
                    self._context = spnego.server(
                        protocol="ntlm" if bare else "negotiate",
                        options=spnego.NegotiateOptions.use_ntlm if bare else spnego.NegotiateOptions.use_negotiate,
                    )
                answer = self._context.step(token)
        except (SpnegoError, ValueError, struct.error, IndexError):
            return self._refused()
        challenges = (f"Negotiate {base64.b64encode(answer).decode()}",) if answer else ()
        if not self._context.complete:
            return Outcome(False, challenges)
        self._signed_in = True
        self.user = _local_name(self._machine.name, str(self._context.client_principal or ""))
        self.scheme = "NTLM" if bare else "Negotiate"
        return Outcome(True, challenges)


def _local_name(computer: str, user: str) -> str:
    """Take the computer's own name off an account name; only local accounts sign in here (MS-WSMV <79>)."""
    domain, separator, name = user.rpartition("\\")
    return name if separator and domain.lower() in (computer.lower(), ".", "") else user


@contextmanager
def _accounts(machine: Machine) -> Iterator[None]:
    """Show one server's accounts to pyspnego's NTLM acceptor.

    Its only way in is a file named by an environment variable, which is process-wide; so each step of a sign-in has the
    variable for itself, with a file that holds this server's accounts and no other's.
    """
    with _store_lock, tempfile.NamedTemporaryFile("w", prefix="eva-mpio-lab-", encoding="utf-8") as store:
        for user, password in machine.passwords.items():
            if set(user + password) & set(":\r\n"):
                raise ValueError(f"{machine.name}: accounts of the lab have no colon or line break in name or password")
            store.writelines(f"{domain}:{user}:{password}\n" for domain in ("", ".", machine.name))
        store.flush()
        before = os.environ.get(_STORE)
        os.environ[_STORE] = store.name
        try:
            yield
        finally:
            if before is None:
                del os.environ[_STORE]
            else:
                os.environ[_STORE] = before
