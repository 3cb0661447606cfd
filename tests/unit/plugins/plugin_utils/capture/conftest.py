# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A link to the host of ``scenario_host.py``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader

from ansible_collections.eva.mpio.plugins.action import host_info
from ansible_collections.eva.mpio.plugins.plugin_utils._capture.recording import Recorder
from ansible_collections.eva.mpio.plugins.plugin_utils._model import PARTS
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.link import Link
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.capture.scenario_host import ScenarioHost
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.wire.fake_host import PASSWORD, USER

Record = Callable[[Path], dict[str, Any]]


@pytest.fixture
def host() -> Iterator[ScenarioHost]:
    fake = ScenarioHost()
    yield fake
    fake.close()


@pytest.fixture
def link(host: ScenarioHost) -> Link:
    connection = connection_loader.get("winrm", PlayContext(), os.devnull)
    account = {"remote_user": USER, "remote_password": PASSWORD}
    connection.set_options(
        var_options={"_extras": {}, "ansible_winrm_transport": "basic"},
        direct={"remote_addr": "127.0.0.1", "port": host.port, "scheme": "http", **account},
    )
    return Link(connection, seconds=20)


@pytest.fixture
def record(link: Link) -> Record:
    """Return what reads the host as the module does, and records it."""

    def take(folder: Path) -> dict[str, Any]:
        plugin: Any = object.__new__(host_info.ActionModule)
        arguments = {"gather_subset": list(PARTS), "capture": None}
        return Recorder(link, ["win-inventory-canary"]).record(lambda: plugin.work(arguments, link), folder)

    return take
