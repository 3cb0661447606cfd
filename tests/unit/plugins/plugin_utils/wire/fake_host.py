# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A WinRM endpoint that answers what a test tells it to: standard library only, Basic authentication, loopback."""

from __future__ import annotations

import base64
import re
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree

USER = "operator"
PASSWORD = "the-password-of-operator"

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
ENVELOPE = (
    '<s:Envelope xml:lang="en-US" xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration" '
    'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:x="http://schemas.xmlsoap.org/ws/2004/09/transfer" '
    f'xmlns:rsp="{SHELL}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common">'
    "<s:Header><a:RelatesTo>{relates}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
)


@dataclass(frozen=True)
class Raw:
    """An answer by the octet."""

    status: int
    octets: bytes = b""
    content_type: str = "application/soap+xml;charset=UTF-8"


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    action: str
    """The last part of the action: Enumerate, Pull, Get, Command, StartService ..."""
    text: str

    @property
    def root(self) -> ElementTree.Element:
        return ElementTree.fromstring(self.text)

    @property
    def message_id(self) -> str:
        return next((e.text or "" for e in self.root.iter() if e.tag.endswith("}MessageID")), "")

    def value(self, tag: str) -> str:
        """Return the text of the first element of a local name."""
        return next(e.text or "" for e in self.root.iter() if e.tag.rpartition("}")[2] == tag)


Behaviour = Callable[["Handler", Asked], None]
Answer = str | Raw | Behaviour


def fault(code: int, wmi: bool = False, subcode: str = "w:InternalError", detail: str = "it went wrong") -> Raw:
    """Return an HTTP 500 with a fault in one of its two forms."""
    if wmi:
        inside = (
            '<p:MSFT_WmiError xmlns:p="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError">'
            f"<p:Message>{detail}</p:Message><p:error_Code>{code}</p:error_Code></p:MSFT_WmiError>"
        )
    else:
        inside = (
            f'<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="{code}">'
            f"<f:Message>{detail}</f:Message></f:WSManFault>"
        )
    body = (
        f"<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>{subcode}</s:Value></s:Subcode></s:Code>"
        f"<s:Reason><s:Text>in general words</s:Text></s:Reason><s:Detail>{inside}</s:Detail></s:Fault>"
    )
    return Raw(500, ENVELOPE.format(relates="", body=body).encode())


def output(stdout: bytes = b"", stderr: bytes = b"", exit_code: str | None = "0", done: bool = True) -> str:
    """Return the body of an answer to Receive."""
    streams = "".join(
        f'<rsp:Stream Name="{name}" CommandId="C">{base64.b64encode(octets).decode()}</rsp:Stream>'
        for name, octets in (("stdout", stdout), ("stderr", stderr))
        if octets
    )
    code = "" if exit_code is None else f"<rsp:ExitCode>{exit_code}</rsp:ExitCode>"
    state = f"{SHELL}/CommandState/{'Done' if done else 'Running'}"
    ended = f'<rsp:CommandState State="{state}">{code}</rsp:CommandState>'
    return f"<rsp:ReceiveResponse>{streams}{ended}</rsp:ReceiveResponse>"


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # an answer is written in two pieces, and the second would wait 40 ms
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.host.connections += 1

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != wanted:
            self.server.host.unauthenticated.append(text)
            self.reply(Raw(401))
            return
        asked = Asked(_action(text), text)
        self.server.host.asked.append(asked)
        answer = self.server.host.next_answer(asked)
        if callable(answer):
            answer(self, asked)
        elif isinstance(answer, Raw):
            self.reply(answer)
        else:
            self.reply(Raw(200, ENVELOPE.format(relates=asked.message_id, body=answer).encode()))

    def reply(self, raw: Raw) -> None:
        self.send_response(raw.status)
        self.send_header("Content-Type", raw.content_type)
        self.send_header("Content-Length", str(len(raw.octets)))
        if raw.status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="WSMAN"')
        self.end_headers()
        self.wfile.write(raw.octets)

    def log_message(self, *_args: object) -> None:
        """Say nothing; a test looks at what was asked."""


def _action(text: str) -> str:
    found = re.search(r"<a:Action[^>]*>([^<]*)</a:Action>", text)
    return found.group(1).rpartition("/")[2] if found else "Identify"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    host: FakeHost

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hang up, which is what they are meant to do."""


class FakeHost:
    """The endpoint. Answers that a test gives are used up in their order, per action; then come the usual ones."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.unauthenticated: list[str] = []
        """Bodies of the requests whose credentials were refused."""
        self.connections = 0
        self.over = threading.Event()
        """Set at the end of the test: a behaviour that never ends ends then."""
        self._answers: dict[str, deque[Answer]] = defaultdict(deque)
        self._shells = 0
        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.host = self
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, action: str, *answers: Answer) -> None:
        self._answers[action].extend(answers)

    @property
    def actions(self) -> list[str]:
        return [asked.action for asked in self.asked]

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    def next_answer(self, asked: Asked) -> Answer:
        if self._answers[asked.action]:
            return self._answers[asked.action].popleft()
        if asked.action == "Create":
            self._shells += 1
            selector = f'<w:SelectorSet><w:Selector Name="ShellId">SHELL-{self._shells}</w:Selector></w:SelectorSet>'
            return (
                "<x:ResourceCreated><a:ReferenceParameters>" + selector + "</a:ReferenceParameters></x:ResourceCreated>"
            )
        usual = {
            "Identify": (
                '<i:IdentifyResponse xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd">'
                "<i:ProductVersion>OS: 6.2.9200 SP: 0.0 Stack: 3.0</i:ProductVersion></i:IdentifyResponse>"
            ),
            "Command": "<rsp:CommandResponse><rsp:CommandId>COMMAND</rsp:CommandId></rsp:CommandResponse>",
            "Receive": output(),
            "Send": "<rsp:SendResponse/>",
            "Signal": "<rsp:SignalResponse/>",
            "Delete": "",
        }
        return usual.get(asked.action, fault(0x80338000, detail=f"nobody expected {asked.action}"))
