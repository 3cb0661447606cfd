# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that send what no host should: a task over them ends soon, in bounded memory, with a sentence, unchanged."""

from __future__ import annotations

import re
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils import _action
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.link import Link
from ansible_collections.eva.mpio.tests.integration.playbook import TaskResult
from ansible_collections.eva.mpio.tests.integration.stage import Stage, fleet_of, server, staged
from ansible_collections.eva.mpio.tests.lab.winrm.faults import EndlessBody
from ansible_collections.eva.mpio.tests.lab.winrm.shell import Caller
from ansible_collections.eva.mpio.tests.lab.winrm.wsman import Answer, Call

MODULES = ("host_info", "host", "session", "verify")
HASTE = 1.0
"""Seconds that a read may take here; two minutes for users."""
SECONDS = 20.0
"""A task gives up after this at the latest, in real seconds, whatever the server does."""
MEGABYTES = 64
"""What a task may take of memory, the simulated server in the same process included."""
SOAP = "http://www.w3.org/2003/05/soap-envelope"

Change = Callable[[Call, Answer], Answer]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A server that has all its paths."""
    spec = server("win1", 1, winrm={"scheme": "http", "transport": "basic"})
    with staged(fleet_of(spec, second=0.005), tmp_path_factory.mktemp("hostile")) as stage:
        stage.provision("win1")
        yield stage


@contextmanager
def changed(lab: Stage, change: Change) -> Iterator[None]:
    """Let every answer of the server pass through a function."""
    service = lab.fleet.winrm("win1").service
    honest = service.answer

    def answer(call: Call, caller: Caller) -> Answer:
        return change(call, honest(call, caller))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "answer", answer)
        yield


def run(lab: Stage, module: str, **variables: Any) -> TaskResult:
    """Run a module, and fail unless it ends in time and in bounded memory, and leaves the server as it was."""
    options = {"host": lab.whole("win1"), "host_info": {}}.get(module, lab.layout("win1"))
    mark, truth, began = lab.now, lab.truth("win1"), time.monotonic()
    tracemalloc.start()
    try:
        result = lab.module(module, "win1", options, **variables)
        memory = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.monotonic() - began < SECONDS
    assert memory < MEGABYTES * 2**20
    assert (lab.changes("win1", mark), lab.truth("win1")) == ([], truth)
    return result


def fails(lab: Stage, module: str, *words: str, **variables: Any) -> None:
    """Fail unless a module fails with a sentence that begins with the host and has all these words."""
    result = run(lab, module, **variables)
    assert result.status in ("failed", "unreachable")
    assert result.message.startswith(f"{variables.get('ansible_host', lab.variables('win1')['ansible_host'])}: ")
    for word in words:
        assert re.search(word, result.message), result.message


def laughs(levels: int) -> str:
    """Return a document whose entities would become ten to the power of ``levels`` words."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, levels))
    return f'<!DOCTYPE a [<!ENTITY e0 "ha">{entities}]><a>&e{levels - 1};</a>'


def envelope(inside: str) -> str:
    """Return an envelope that is well-formed."""
    return f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{inside}</s:Body></s:Envelope>'


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("document", "said"),
    [
        pytest.param("", "is not XML", id="nothing"),
        pytest.param("Bad Request", "is not XML", id="text"),
        pytest.param("<html><body>sign in here</body></html>", "is html and no SOAP envelope", id="portal"),
        pytest.param(envelope("")[:-5], "is not XML", id="cut"),
        pytest.param(envelope("<a>\x01</a>"), "is not XML", id="control"),
        pytest.param(laughs(9), "document type declaration", id="entities"),
        pytest.param('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document type declaration", id="external"),
        pytest.param("<a>" * 1000 + "</a>" * 1000, "nested deeper than 64", id="deep"),
        pytest.param("<a>" + "<b/>" * 600_000 + "</a>", "more than 500000 elements", id="wide"),
        pytest.param(envelope("x" * 10_000_000), "larger than 4194304 octets", id="huge"),
        pytest.param(envelope(""), "", id="empty"),
        pytest.param(envelope("<s:Fault/>"), "the host refused: no reason given", id="fault"),
    ],
)
def test_documents_that_are_no_answer(lab: Stage, module: str, document: str, said: str) -> None:
    with changed(lab, lambda call, answer: Answer(200, document)):
        fails(lab, module, said)


@pytest.mark.parametrize("module", MODULES)
def test_an_answer_to_another_request(lab: Stage, module: str) -> None:
    def change(call: Call, answer: Answer) -> Answer:
        return Answer(answer.status, re.sub("(RelatesTo>).*?<", r"\1uuid:0<", answer.document))

    with changed(lab, change):
        fails(lab, module, "the host sent the answer to another request")


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("full", [True, False], ids=["full", "empty"])
def test_pages_without_end(lab: Stage, module: str, full: bool) -> None:
    pages: list[int] = []
    item = "<w:Items>" + "<Thing><Name>a</Name></Thing>" * 2000 * full + "</w:Items>"

    def change(call: Call, answer: Answer) -> Answer:
        if call.action not in ("Enumerate", "Pull"):
            return answer
        pages.append(1)
        tag, context = f"{call.action}Response", "<n:EnumerationContext>more</n:EnumerationContext>"
        body = f"<n:{tag} xmlns:n='urn:n' xmlns:w='urn:w'>{context}{item}</n:{tag}>"
        return Answer(200, envelope(body))

    with changed(lab, change):
        fails(lab, module, "no end after [0-9]+ instances, more than any host has")
    assert len(pages) <= 1100


@pytest.mark.parametrize("module", MODULES)
def test_a_body_that_is_sent_without_end(lab: Stage, module: str) -> None:
    lab.fleet.winrm("win1").faults.on(EndlessBody())
    try:
        fails(lab, module, "larger than 4194304 octets")
    finally:
        lab.fleet.winrm("win1").faults.clear()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tasks have less patience than they have for users."""
    monkeypatch.setattr(_action, "Link", partial(Link, seconds=HASTE))


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml;charset=UTF-8\r\n"


@contextmanager
def listening(first: bytes, drop: bytes) -> Iterator[int]:
    """Listen on a port: say something to everyone who comes, and then an octet now and then, without end."""
    over = threading.Event()

    def talk(stream: socket.socket) -> None:
        with stream:
            try:
                stream.sendall(first)
                while not over.wait(0.05):
                    if drop:
                        stream.sendall(drop)
            except OSError:
                return

    def accept() -> None:
        while not over.is_set():
            try:
                threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()
            except TimeoutError:
                continue

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            thread.join()


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("first", "drop"),
    [
        pytest.param(b"", b"", id="silence"),
        pytest.param(HEAD + b"Content-Length: 100000\r\n\r\n", b" ", id="body"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", id="chunks"),
        pytest.param(HEAD + b"X-More: ", b"x", id="header"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", id="continue"),
    ],
)
def test_a_server_that_never_ends_an_answer(lab: Stage, module: str, first: bytes, drop: bytes) -> None:
    with listening(first, drop) as port:
        fails(lab, module, "no complete answer within 1 seconds", ansible_host="127.0.0.1", ansible_port=port)


@pytest.mark.parametrize("module", MODULES)
def test_a_host_that_cannot_prove_who_it_is_learns_nothing(
    tmp_path_factory: pytest.TempPathFactory, module: str
) -> None:
    """Nothing is set that would turn the verification of TLS off, so it is on."""
    spec = server("win1", 1, winrm={"scheme": "https", "transport": "basic"})
    with staged(fleet_of(spec), tmp_path_factory.mktemp("tls")) as stage:
        fails(stage, module, "no TLS connection", "CERTIFICATE_VERIFY_FAILED", "ansible_winrm_ca_trust_path")
        assert stage.requests("win1") == {}


def replacing(found: str, instead: str, times: list[int]) -> Change:
    """Return a change of every answer by a regular expression; how often it hit is appended to a list."""

    def change(call: Call, answer: Answer) -> Answer:
        document, number = re.subn(found, lambda match: match.expand(instead), answer.document, flags=re.DOTALL)
        times.append(number)
        return Answer(answer.status, document)

    return change


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("found", "instead", "said"),
    [
        pytest.param("(<p:BuildNumber>)", r"\1<a/>", "BuildNumber cannot be read as string: an object", id="object"),
        pytest.param(r"<p:BuildNumber>\d+", "<p:BuildNumber>-1", "does not tell the build number", id="negative"),
        pytest.param("<p:BuildNumber>.*?</p:BuildNumber>", r"\g<0>\g<0>", "2 values where one is declared", id="twice"),
        pytest.param("(<p:LastBootUpTime>.*?Datetime>)2", r"\1x", "LastBootUpTime cannot be read", id="time"),
    ],
)
def test_what_every_run_needs_and_cannot_read_is_named(
    lab: Stage, module: str, found: str, instead: str, said: str
) -> None:
    times: list[int] = []
    with changed(lab, replacing(found, instead, times)):
        result = run(lab, module)
    assert sum(times) > 0
    assert (result.status, said in result.message) == ("failed", True), result.message
    assert result.message.startswith(f"{lab.variables('win1')['ansible_host']}: ")


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("found", "instead"),
    [
        pytest.param(r"(Port>)3260<", r"\1three<", id="text for a number"),
        pytest.param(r"(Port>)3260<", r"\1-3260<", id="negative number"),
        pytest.param(r"(<p:Started>)true<", r"\g<1>2<", id="number for a boolean"),
        pytest.param(r"SessionId>([0-9a-f]+)-([0-9a-f]+)<", r"SessionId>\1\2<", id="session id without dash"),
        pytest.param(r"(Address>)[0-9.]+<", r"\g<1>999.1.1.1<", id="address that there is not"),
        pytest.param(r"<(\w+:IpAddr)\b", r"<\1 a='b'><c/></\1><\1", id="list for a scalar"),
        pytest.param(r"(<p:SerialNumber>)[^<]*", r"\1" + "6" * 1_000_000, id="name of a million letters"),
        pytest.param(r"(InstanceName>)[^<]*", r"\1", id="instances without a name"),
        pytest.param(r"<w:Items>.*?</w:Items>", "<w:Items/>", id="no instances"),
    ],
)
def test_what_cannot_be_read_changes_nothing(lab: Stage, module: str, found: str, instead: str) -> None:
    """Other sources tell the same, or the part is unknown and blocks what rests on it."""
    with changed(lab, replacing(found, instead, [])):
        result = run(lab, module)
    assert result.status in ("ok", "failed")
    assert result.status == "ok" or len(result.message) > 20
