# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Control of a running lab by other processes: JSON over HTTP, on the loopback network only."""

from __future__ import annotations

import ipaddress
import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .fabric.interface import PortalAddress
from .fault import FaultError
from .fleet import Fleet
from .laws import Allowance
from .spec import DSMS, ChapSpec

MAXIMUM_BODY = 65536


class Control:
    """The control endpoint of one fleet. Use as a context manager, or ``close`` it."""

    def __init__(
        self, fleet: Fleet, address: str = "127.0.0.1", port: int = 0, ended: threading.Event | None = None
    ) -> None:
        """Listen.

        Args:
            fleet: a fleet that has started
            address: a loopback address; anything else is refused, for there is no sign-in
            port: 0 for any free one
            ended: is set when a client asks the lab to end

        Raises:
            ValueError: the address is not on the loopback network
            OSError: the port is taken
        """
        if not ipaddress.ip_address(address).is_loopback:
            raise ValueError(f"the control has no sign-in and listens on loopback addresses only, not on {address}")
        self._fleet = fleet
        self._ended = ended or threading.Event()
        self._server = ThreadingHTTPServer((address, port), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="lab-control", daemon=True)
        self._thread.start()

    def __enter__(self) -> Control:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def address(self) -> str:
        """``ADDRESS:PORT`` as clients give it."""
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def get(self, path: str, query: dict[str, str]) -> Any:
        """Answer a question."""
        fleet = self._fleet
        questions: dict[str, Callable[[], Any]] = {
            "/state": fleet.state,
            "/inventory": fleet.inventory,
            "/events": lambda: fleet.events(int(query.get("since", "0")), query.get("source"), query.get("kind")),
            "/faults": lambda: [
                {"usage": fault.usage, "explanation": fault.explanation, "heals": fault.heal is not None}
                for fault in fleet.faults.table.values()
            ],
        }
        return _known(questions, path)()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Do something."""
        fleet = self._fleet
        deeds: dict[str, Callable[[], Any]] = {
            "/fault": lambda: fleet.faults.inject(_text(body, "name"), *map(str, body.get("arguments", []))),
            "/heal": lambda: fleet.faults.heal(_text(body, "name"), *map(str, body.get("arguments", []))),
            "/present": lambda: fleet.present(_text(body, "host")),
            "/declare": lambda: fleet.declare_dsm(_text(body, "host"), _dsm(body)),
            "/chap": lambda: fleet.set_chap(_text(body, "host"), _chap(body), _optional(body, "array")),
            "/allow": lambda: fleet.laws.allow(_text(body, "host"), _allowance(body)),
            "/revoke": lambda: fleet.laws.revoke(_text(body, "host")),
            "/down": self._ended.set,
        }
        deed = _known(deeds, path)
        deed()
        return {"last_event": fleet.log.last}


class _Unknown(LookupError):
    """There is no such question or deed."""


def _known(table: dict[str, Callable[[], Any]], path: str) -> Callable[[], Any]:
    if path not in table:
        raise _Unknown(f"{path} is unknown; there are: {', '.join(table)}")
    return table[path]


def _mapping(body: bytes) -> dict[str, Any]:
    content = json.loads(body or b"{}")
    if not isinstance(content, dict):
        raise ValueError("send one JSON object")
    return content


def _text(body: dict[str, Any], name: str) -> str:
    if not isinstance(body.get(name), str):
        raise ValueError(f"{name} is missing, or no text")
    return str(body[name])


def _dsm(body: dict[str, Any]) -> str:
    dsm = _text(body, "dsm")
    if dsm not in DSMS:
        raise ValueError(f"dsm is one of {', '.join(DSMS)}, not {dsm!r}")
    return dsm


def _allowance(body: dict[str, Any]) -> Allowance:
    if not isinstance(body.get("minimum_paths"), int):
        raise ValueError("minimum_paths is missing, or no number")
    return Allowance(
        reason=_text(body, "reason"),
        minimum_paths=body["minimum_paths"],
        stored_logins=bool(body.get("stored_logins", False)),
        unused_disks=bool(body.get("unused_disks", False)),
        paths=None if body.get("paths") is None else frozenset(map(_path, body["paths"])),
    )


def _path(given: Any) -> tuple[str, PortalAddress]:
    """Read a path of an allowance: NIC address, portal address, and TCP port unless it is 3260."""
    if not isinstance(given, list) or len(given) not in (2, 3) or not all(isinstance(each, str) for each in given[:2]):
        raise ValueError(f"a path is [NIC, portal] or [NIC, portal, TCP port], not {given!r}")
    return given[0], PortalAddress(given[1], int(given[2]) if len(given) == 3 else 3260)


def _optional(body: dict[str, Any], name: str) -> str | None:
    return None if body.get(name) is None else _text(body, name)


def _chap(body: dict[str, Any]) -> ChapSpec | None:
    """Read the secrets that an array gets; without ``secret`` it demands none."""
    if body.get("secret") is None:
        return None
    others = (_optional(body, name) for name in ("name", "mutual_name", "mutual_secret"))
    return ChapSpec(_text(body, "secret"), *others)


def _handler(control: Control) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(address.query).items()}
            self._answer(lambda: control.get(address.path, query))

        def do_POST(self) -> None:
            # A web page in the user's browser can send a form here, but not this content type.
            length = int(self.headers.get("Content-Length", "0"))
            # Read in any case: what is left unread when a connection is closed makes TCP reset it, answer and all.
            body = self.rfile.read(min(length, 2 * MAXIMUM_BODY))
            if self.headers.get("Content-Type") != "application/json":
                self.close_connection = True
                self._send(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, {"error": "send application/json"})
                return
            if length > MAXIMUM_BODY:
                self.close_connection = True
                self._send(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": f"more than {MAXIMUM_BODY} bytes"})
                return
            self._answer(lambda: control.post(self.path, _mapping(body)))

        def _answer(self, action: Callable[[], Any]) -> None:
            try:
                status, content = HTTPStatus.OK, action()
            except _Unknown as error:
                status, content = HTTPStatus.NOT_FOUND, {"error": str(error)}
            except (FaultError, ValueError) as error:
                status, content = HTTPStatus.BAD_REQUEST, {"error": str(error)}
            except LookupError as error:
                status, content = HTTPStatus.BAD_REQUEST, {"error": str(error.args[0]) if error.args else str(error)}
            self._send(status, content)

        def _send(self, status: HTTPStatus, content: Any) -> None:
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Keep quiet: the events tell what was done."""

    return Handler
