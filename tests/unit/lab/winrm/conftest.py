# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated server with a WinRM endpoint on a free loopback port."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.eva.mpio.tests.lab.events import EventLog
from ansible_collections.eva.mpio.tests.lab.winrm.server import Endpoints, WinRmServer
from ansible_collections.eva.mpio.tests.unit.lab.winrm.fake import Client, Windows


@pytest.fixture
def events() -> EventLog:
    return EventLog()


@pytest.fixture
def windows() -> Windows:
    return Windows()


@pytest.fixture
def endpoints(events: EventLog) -> Iterator[Endpoints]:
    with Endpoints(events) as endpoints:
        yield endpoints


@pytest.fixture
def server(endpoints: Endpoints, windows: Windows) -> WinRmServer:
    return endpoints.open(windows, http_port=0, https_port=-1)


@pytest.fixture
def client(server: WinRmServer) -> Client:
    return Client(server.http_url)
