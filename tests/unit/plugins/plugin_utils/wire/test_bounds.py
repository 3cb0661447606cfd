# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that are not there, go away, or never stop."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from winrm.transport import Transport

from ansible_collections.eva.mpio.plugins.plugin_utils._wire import bounded
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.command import Command
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.deadline import Deadline
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import (
    AccessDenied,
    AnswerTooLarge,
    AuthenticationRefused,
    ConnectionFailed,
    HostWentAway,
    MalformedAnswer,
    TimedOut,
    WireError,
    WsmanFault,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.link import Link
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.schema import Schema, integer, string
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.wire.fake_host import FakeHost, Handler, Raw, fault

THING = Schema("root/wmi", "Thing", {"Name": string()})
DONE = Schema("root/wmi", "Do", {"ReturnValue": integer()})
NAMED = "<Thing><Name>a</Name></Thing>"


def read(link: Link) -> str | None:
    return link.get(THING, {}).text("Name")


def hang_up(handler: Handler, _asked: object) -> None:
    """Close the connection without a word."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def half(handler: Handler, _asked: object) -> None:
    """Announce more than is sent, and hang up."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"<Envelope>")
    hang_up(handler, _asked)


def endless(handler: Handler, _asked: object) -> None:
    """Send without end, as fast as it is taken."""
    handler.close_connection = True
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.host.over.is_set():
        handler.wfile.write(b"x" * 65536)


def endless_chunks(handler: Handler, _asked: object) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    while not handler.server.host.over.is_set():
        handler.wfile.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")


def drip(handler: Handler, _asked: object) -> None:
    """Send an octet now and then, always sooner than any wait for a packet ends."""
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while not handler.server.host.over.wait(0.02):
        handler.wfile.write(b"x")


def silence(handler: Handler, _asked: object) -> None:
    handler.close_connection = True
    handler.server.host.over.wait()


def redirect(handler: Handler, _asked: object) -> None:
    handler.send_response(302)
    handler.send_header("Location", "http://127.0.0.1:1/elsewhere")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def compressed(handler: Handler, _asked: object) -> None:
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.send_header("Content-Length", "4")
    handler.end_headers()
    handler.wfile.write(b"\x1f\x8b\x08\x00")


@pytest.fixture
def hasty(host: FakeHost, connect: Any) -> Link:
    return Link(connect(host.port), seconds=0.4)


@pytest.mark.parametrize("behaviour", [endless, endless_chunks])
def test_endless_answer(host: FakeHost, link: Link, behaviour: Callable[..., None]) -> None:
    host.answer("Get", behaviour, NAMED)
    with pytest.raises(AnswerTooLarge, match=f"larger than {bounded.LARGEST} octets"):
        read(link)
    assert read(link) == "a"
    assert host.connections == 2


@pytest.mark.parametrize("behaviour", [drip, silence])
def test_the_whole_answer_must_come_in_time(host: FakeHost, hasty: Link, behaviour: Callable[..., None]) -> None:
    host.answer("Get", behaviour, NAMED)
    begin = time.monotonic()
    with pytest.raises(TimedOut, match="reading one Thing: no complete answer within 0 seconds"):
        read(hasty)
    assert time.monotonic() - begin < 5
    assert read(hasty) == "a"


def test_a_change_that_is_not_answered_in_time_may_have_happened(host: FakeHost, hasty: Link) -> None:
    host.answer("Do", silence)
    with pytest.raises(TimedOut, match="Whether the host carried it out is unknown"):
        hasty.invoke(THING, "Do", {}, DONE)


@pytest.mark.parametrize("behaviour", [hang_up, half])
def test_a_connection_lost_in_the_middle(host: FakeHost, link: Link, behaviour: Callable[..., None]) -> None:
    host.answer("Get", NAMED, behaviour, NAMED)
    read(link)
    with pytest.raises(HostWentAway, match="Whether the host acted is unknown"):
        read(link)
    assert read(link) == "a"


def test_a_connection_lost_in_the_middle_of_a_change(host: FakeHost, link: Link) -> None:
    host.answer("Do", hang_up)
    with pytest.raises(HostWentAway, match=r"127\.0\.0\.1: calling Thing\.Do: the connection was lost"):
        link.invoke(THING, "Do", {}, DONE)


def test_a_connection_lost_under_a_command(host: FakeHost, link: Link) -> None:
    host.answer("Receive", hang_up)
    with pytest.raises(HostWentAway):
        link.run(Command("iscsicli"), 10)
    assert host.actions == ["Create", "Command", "Receive"]


def test_a_host_that_never_answered_was_not_reached(host: FakeHost, link: Link) -> None:
    host.answer("Get", hang_up)
    with pytest.raises(ConnectionFailed, match="closed the connection without an answer"):
        read(link)


def test_nobody_listens(connect: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        link = Link(connect(taken.getsockname()[1]))
        with pytest.raises(ConnectionFailed, match=r"127\.0\.0\.1: .*Connection refused.*ansible_port"):
            link.identify()
        link.close()


def test_credentials_refused(host: FakeHost, connect: Any) -> None:
    link = Link(connect(host.port, password="another-password"))
    with pytest.raises(AuthenticationRefused, match="the host refused the credentials") as caught:
        link.identify()
    assert "another-password" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (
            ValueError("CredSSP: Received NTStatus: 0x8009030c"),
            AuthenticationRefused,
            "the host refused the credentials",
        ),
        (
            ValueError("CredSSP: Received NTStatus: 0xC000006D"),
            AuthenticationRefused,
            "the host refused the credentials",
        ),
        (ValueError("no ticket"), AuthenticationRefused, "failed on the controller's side"),
        (
            requests.exceptions.SSLError("tlsv1 alert protocol version"),
            ConnectionFailed,
            "the way in is HTTP with encrypted messages: .*ntlm or kerberos",
        ),
    ],
)
def test_troubles_of_signing_in(
    link: Link, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[WireError], sentence: str
) -> None:
    def fail(_transport: Transport, _message: str) -> bytes:
        raise error

    monkeypatch.setattr(Transport, "send_message", fail)
    with pytest.raises(kind, match=sentence):
        link.identify()


@pytest.mark.parametrize("text", [b"", b"<html>Bad Request</html>"])
def test_a_stale_session_is_renewed_once(host: FakeHost, link: Link, text: bytes) -> None:
    host.answer("Get", NAMED, Raw(400, text, "text/html"), NAMED)
    read(link)
    assert read(link) == "a"
    assert host.actions == ["Get", "Get", "Get"]
    assert host.asked[1].text == host.asked[2].text
    assert host.connections == 2


def test_a_stale_session_is_renewed_no_more_than_once(host: FakeHost, link: Link) -> None:
    host.answer("Get", Raw(400), Raw(400), NAMED)
    with pytest.raises(ConnectionFailed, match="HTTP 400"):
        read(link)
    assert len(host.asked) == 2


def test_a_fault_may_come_with_http_400(host: FakeHost, link: Link) -> None:
    host.answer("Get", Raw(400, fault(2150858752).octets))
    with pytest.raises(WsmanFault):
        read(link)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Raw(403), AccessDenied),
        (Raw(404, b"<html>Not Found</html>"), ConnectionFailed),
        (Raw(503, b"Service Unavailable"), ConnectionFailed),
        (Raw(413), WireError),
        (Raw(500, b"oops"), MalformedAnswer),
        (Raw(500, b"\xff\xfe\xfd"), MalformedAnswer),
        (redirect, ConnectionFailed),
        (compressed, MalformedAnswer),
    ],
)
def test_http_statuses(host: FakeHost, link: Link, answer: Any, expected: type[WireError]) -> None:
    host.answer("Get", answer, NAMED)
    with pytest.raises(expected, match=r"^127\.0\.0\.1: reading one Thing: .*\.$") as caught:
        read(link)
    assert caught.value.__class__ is expected
    assert read(link) == "a"


def test_reset_makes_a_new_session(host: FakeHost, link: Link) -> None:
    host.answer("Get", NAMED, NAMED)
    read(link)
    link.reset()
    read(link)
    assert host.connections == 2


def test_two_links_over_one_connection(host: FakeHost, connect: Any) -> None:
    connection = connect(host.port, transport=["basic", "plaintext"])
    host.answer("Get", NAMED, NAMED)
    assert read(Link(connection)) == "a"
    assert read(Link(connection)) == "a"
    assert host.actions.count("Create") == 1


def test_what_authenticates_is_under_the_budget_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """pywinrm sends an empty message to set up encryption before anybody can mount anything on its session."""
    adapters: list[object] = []
    monkeypatch.setattr(
        Transport, "setup_encryption", lambda _self, session: adapters.append(session.get_adapter("https://host"))
    )
    transport = Transport("https://host", "u", "p", auth_method="basic")
    bound = bounded.bound(transport)
    transport.setup_encryption(requests.Session())
    assert adapters == [bound]


def test_a_session_that_failed_to_set_up_encryption_is_not_used_without(host: FakeHost, connect: Any) -> None:
    link = Link(connect(host.port, transport="ntlm"))
    for _unused in range(2):
        with pytest.raises(AuthenticationRefused):
            link.identify()
    assert host.unauthenticated == ["", ""]


def test_nor_one_that_ran_out_of_time_while_it_did(
    host: FakeHost, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_late(_transport: Transport, _session: requests.Session) -> None:
        raise TimedOut("too late")

    monkeypatch.setattr(Transport, "setup_encryption", too_late)
    link = Link(connect(host.port, transport="ntlm"))
    for _unused in range(2):
        with pytest.raises(TimedOut):
            link.identify()
    assert host.unauthenticated == []


def test_deadline() -> None:
    now = [100.0]
    deadline = Deadline(5, lambda: now[0])
    assert (deadline.remaining, deadline.expired) == (5, False)
    now[0] = 106
    assert (deadline.remaining, deadline.expired) == (0, True)
