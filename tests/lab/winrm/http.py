# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTP connection to a simulated WinRM service: requests in, answers out, every one of them an event."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, NoReturn

from . import soapfault
from .auth import SignIn
from .faults import CutAfter, CutBefore, Delay, Effect, EndlessBody, HttpAnswer, SoapAnswer
from .sealing import Seal, SealError
from .shell import Caller
from .soapfault import WsmanFault
from .wsman import Answer, Call

if TYPE_CHECKING:
    from .server import WinRmServer

_PATH = "/wsman"
_PLAIN = "application/soap+xml;charset={}"
_SEAL_OVERHEAD = 8192  # octets that sealing may add to a message of the largest size
_READ_AT_ONCE = 65536
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""The value of SO_LINGER that makes closing a connection reset it."""


class CutError(Exception):
    """This connection is to be reset now."""


class Connection(BaseHTTPRequestHandler):
    """A connection, from its first request to its last."""

    protocol_version = "HTTP/1.1"
    wbufsize = _READ_AT_ONCE

    def __init__(self, stream: socket.socket, address: tuple[str, int], endpoint: WinRmServer, *, tls: bool) -> None:
        """Serve the connection to its end."""
        self._endpoint = endpoint
        self._sign_in = SignIn(
            endpoint.machine,
            endpoint.policy,
            endpoint.profile,
            endpoint.membership,
            tls=tls,
            certificate=stream.getpeercert(binary_form=True) if isinstance(stream, ssl.SSLSocket) else None,
        )
        self._number = 0
        self._bytes_in = 0
        self._call = Call("", "")
        super().__init__(stream, address, endpoint)  # type: ignore[arg-type]  # any object that a handler wants

    def setup(self) -> None:
        """Prepare the streams; a connection on which nothing comes is dropped, as http.sys does."""
        super().setup()
        self.connection.settimeout(self._endpoint.idle_seconds)

    def version_string(self) -> str:
        """Name the server as Windows does."""
        return "Microsoft-HTTPAPI/2.0"

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no HTTP request at all; the base class calls this with its own sentences."""
        self.request_version = self.protocol_version
        self.close_connection = True
        self._begin()
        self._reply(code)

    def log_message(self, *_: Any) -> None:
        """Requests are events, not lines on standard error."""

    def do_GET(self) -> None:
        """Answer what is no WS-Management."""
        self._begin()
        self._reply(405 if self.path == _PATH else 404)

    def do_POST(self) -> None:
        """Take a message, sign the caller in, act, answer."""
        self._begin()
        try:
            body = self._body()
            if body is not None:
                self._post(body)
        except CutError:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self.close_connection = True

    def _begin(self) -> None:
        self._number = self._endpoint.faults.arrived()
        self._bytes_in = 0
        self._call = Call("", "")

    def _body(self) -> bytes | None:
        """Read the body; None when the request has been answered because of it."""
        if "chunked" in (self.headers.get("Transfer-Encoding") or "").lower():
            self.close_connection = True
            # MS-WSMV 3.1.4.1.31.8
            fault = WsmanFault(soapfault.NOT_SUPPORTED)
            self._answer(self._endpoint.service.refusal(self._call, fault), None, "UTF-8", ())
            return None
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit():
            self.close_connection = True
            self._reply(400)
            return None
        self._bytes_in = int(length)
        limit = self._endpoint.envelope_octets + _SEAL_OVERHEAD
        if self._bytes_in > limit:
            self._skip(self._bytes_in)
            self._reply(413)
            return None
        return self.rfile.read(self._bytes_in)

    def _skip(self, length: int) -> None:
        """Read a body away: closing with unread octets would reset the connection before the client sees 413."""
        while length > 0:
            part = self.rfile.read(min(length, _READ_AT_ONCE))
            if not part:
                return
            length -= len(part)

    def _post(self, body: bytes) -> None:
        if self.path.rstrip("/") != _PATH:
            self._plain(404)
            return
        if (self.headers.get("WSMANIDENTIFY") or "").strip().lower() == "unauthenticated":  # MS-WSMV 3.1.4.1.23
            self._call = Call("Identify", "")
            self._plain(200, self._endpoint.service.identify(authenticated=False))
            return
        outcome = self._sign_in.check(self.headers.get("Authorization"))
        if outcome.accepted and body:
            self._message(body, outcome.challenges)
            return
        # Without a body the client only wanted to sign in, to seal what comes next.
        self._call = Call("SignIn", "")
        self._plain(200 if outcome.accepted else 401, challenges=outcome.challenges)

    def _message(self, body: bytes, challenges: tuple[str, ...]) -> None:
        content_type = (self.headers.get("Content-Type") or "").lower()
        sealed = content_type.startswith(("multipart/encrypted", "multipart/x-multi-encrypted"))
        seal = self._sign_in.seal
        charset = "UTF-16" if "utf-16" in content_type else "UTF-8"
        if sealed:
            try:
                if seal is None:
                    raise SealError
                body, charset = seal.open(body)
            except SealError:
                self._plain(400)
                return
        elif not self._sign_in.may_be_unsealed():
            # Uncertain: which status Windows gives to an unsealed message after a Negotiate sign-in.
            self._plain(401, challenges=self._sign_in.offers)
            return
        if len(body) > self._endpoint.envelope_octets:  # MS-WSMV 3.1.4.1.20
            self._plain(413)
            return
        self._call = self._endpoint.service.read(body)
        self._act(seal if sealed else None, charset, challenges)

    def _plain(self, status: int, answer: Answer | None = None, challenges: tuple[str, ...] = ()) -> None:
        """Answer what asks the service for nothing, unless a fault is to hit it."""
        effect = self._effect()
        if isinstance(effect, CutAfter):
            self._cut()
        if self._hit(effect):
            return
        if answer is None:
            self._reply(status, challenges=challenges)
        else:
            self._answer(answer, None, "UTF-8", challenges)

    def _act(self, seal: Seal | None, charset: str, challenges: tuple[str, ...]) -> None:
        service, effect = self._endpoint.service, self._effect()
        if isinstance(effect, SoapAnswer):
            answer = service.injected(self._call, effect.code, effect.message)
        elif self._hit(effect):
            return
        elif self._sign_in.denied is not None:
            answer = service.refusal(self._call, self._sign_in.denied)
        else:
            answer = service.answer(self._call, Caller(self._sign_in.user, str(self.client_address[0])))
        if isinstance(effect, CutAfter) or not self._endpoint.machine.running:
            self._cut()
        self._answer(answer, seal, charset, challenges)

    def _effect(self) -> Effect | None:
        return self._endpoint.faults.effect(self._number, self._call.action, self._call.resource)

    def _hit(self, effect: Effect | None) -> bool:
        """Do what a fault wants before anything is acted on; return whether it has answered in place of the service."""
        if isinstance(effect, CutBefore) or not self._endpoint.machine.running:
            self._cut()
        if isinstance(effect, Delay):
            time.sleep(effect.seconds)
        elif isinstance(effect, HttpAnswer):
            self._reply(effect.status, effect.body, "text/html")
            return True
        elif isinstance(effect, EndlessBody):
            self._endless()
            return True
        return False

    def _cut(self) -> NoReturn:
        self._log(0, 0)
        raise CutError

    def _answer(self, answer: Answer, seal: Seal | None, charset: str, challenges: tuple[str, ...]) -> None:
        document = answer.document.encode(charset)
        if seal is None:
            self._reply(answer.status, document, _PLAIN.format(charset), challenges)
        else:
            content_type, body = seal.close(document, charset)
            self._reply(answer.status, body, content_type, challenges)

    def _reply(self, status: int, body: bytes = b"", content_type: str = "", challenges: tuple[str, ...] = ()) -> None:
        self._log(status, len(body))
        self.send_response(status)
        for challenge in challenges:
            self.send_header("WWW-Authenticate", challenge)
        if body:
            self.send_header("Content-Type", content_type)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _endless(self) -> None:
        """Send a body until the client has had enough, the server goes down or is closed."""
        self._log(200, 0)
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", _PLAIN.format("UTF-8"))
        self.end_headers()
        while not self._endpoint.down.wait(0.01):
            self.wfile.write(b" " * _READ_AT_ONCE)
            self.wfile.flush()

    def _log(self, status: int, bytes_out: int) -> None:
        """Write the event; status 0 is a connection cut without an answer. Nothing of a body goes in."""
        self._endpoint.log(
            number=self._number,
            action=self._call.action,
            resource=self._call.resource,
            status=status,
            bytes_in=self._bytes_in,
            bytes_out=bytes_out,
            scheme=self._sign_in.scheme,
        )
