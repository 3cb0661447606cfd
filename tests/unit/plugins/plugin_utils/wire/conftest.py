# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A link to a host of our own over Ansible's real winrm connection."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader

from ansible_collections.eva.mpio.plugins.plugin_utils._wire.link import Link
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.wire.fake_host import PASSWORD, USER, FakeHost

Connect = Callable[..., Any]


@pytest.fixture
def host() -> Iterator[FakeHost]:
    fake = FakeHost()
    yield fake
    fake.close()


@pytest.fixture
def connect() -> Connect:
    """Return a maker of connections as Ansible makes them for a task."""

    def make(port: int, name: str = "winrm", transport: object = "basic", password: str = PASSWORD) -> Any:
        connection = connection_loader.get(name, PlayContext(), os.devnull)
        connection.set_options(
            var_options={"_extras": {}, "ansible_winrm_transport": transport},
            direct={
                "remote_addr": "127.0.0.1",
                "port": port,
                "remote_user": USER,
                "remote_password": password,
                "scheme": "http",
            },
        )
        return connection

    return make


@pytest.fixture
def link(host: FakeHost, connect: Connect) -> Link:
    return Link(connect(host.port), seconds=20)
