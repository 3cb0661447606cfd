# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whoever listens to a link hears every exchange, and nothing else changes."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._wire.command import Command
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import WireError
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.link import Link
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.schema import Schema, string
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.wire.fake_host import FakeHost, Raw, fault, output

THING = Schema("root/cimv2", "Win32_Thing", {"Name": string()})
Heard = list[tuple[str, str, int]]


@pytest.fixture
def heard() -> Heard:
    return []


@pytest.fixture
def listened(host: FakeHost, connect: Any, heard: Heard) -> Link:
    return Link(connect(host.port), seconds=20, listener=lambda *exchange: heard.append(exchange))


def test_each_request_with_its_answer(host: FakeHost, listened: Link, heard: Heard) -> None:
    host.answer("Get", "<Win32_Thing><Name>Grüße</Name></Win32_Thing>")
    host.answer("Receive", output(b"said"))
    listened.get(THING, {})
    listened.run(Command("ipconfig"), 10)
    listened.close()
    assert host.actions == ["Get", "Create", "Command", "Receive", "Signal", "Delete"]
    assert [request for request, _answer, _status in heard] == [asked.text for asked in host.asked]
    assert {status for _request, _answer, status in heard} == {200}
    assert "Grüße" in heard[0][1]


@pytest.mark.parametrize("answer", [fault(87, detail="no such day"), Raw(413, b"too much")])
def test_faults_and_refusals_with_their_status(host: FakeHost, listened: Link, heard: Heard, answer: Raw) -> None:
    host.answer("Get", answer)
    with pytest.raises(WireError):
        listened.get(THING, {})
    ((_request, text, status),) = heard
    assert (text, status) == (answer.octets.decode(), answer.status)


def test_a_message_sent_twice_is_heard_twice(host: FakeHost, listened: Link, heard: Heard) -> None:
    host.answer("Get", Raw(400), "<Win32_Thing/>")
    listened.get(THING, {})
    assert [status for _request, _answer, status in heard] == [400, 200]
    assert heard[0][0] == heard[1][0]
