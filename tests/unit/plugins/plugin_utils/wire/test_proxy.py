# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A proxy that the environment names is used as pywinrm uses it, and asked for once in a session."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import ConnectionFailed
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.link import Link
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.schema import Schema, string
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.wire.fake_host import FakeHost

THING = Schema("root/wmi", "Thing", {"Name": string()})
NAMED = "<Thing><Name>a</Name></Thing>"


@pytest.fixture
def nobody() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@pytest.fixture
def proxied(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("no_proxy", "NO_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{host.port}")
    return monkeypatch


def test_every_message_goes_through_the_proxy(
    host: FakeHost, connect: Any, proxied: pytest.MonkeyPatch, nobody: int
) -> None:
    host.answer("Get", NAMED, NAMED)
    link = Link(connect(nobody), seconds=20)
    assert link.get(THING, {}).text("Name") == "a"
    proxied.delenv("http_proxy")
    assert link.get(THING, {}).text("Name") == "a"


def test_a_host_that_is_excepted_is_reached_directly(connect: Any, proxied: pytest.MonkeyPatch, nobody: int) -> None:
    proxied.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(ConnectionFailed, match="no connection to the WinRM service"):
        Link(connect(nobody), seconds=20).get(THING, {})
