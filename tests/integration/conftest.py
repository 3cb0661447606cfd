# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's plugins by their full names, and Windows' seconds for modules that run in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible.plugins.loader import init_plugin_loader

init_plugin_loader()  # before the first import of a collection, which Ansible's own importer has to make

from ansible_collections.eva.mpio.plugins.plugin_utils import _machine
from ansible_collections.eva.mpio.tests.integration.stage import Stage, fleet_of, staged

SECOND = 0.01
"""How long one of Windows' seconds lasts, for the lab and for the collection in this process alike."""


@pytest.fixture(autouse=True, scope="module")
def windows_seconds() -> Iterator[None]:
    """Let the collection wait in the lab's seconds; processes of ansible-playbook wait in real ones."""
    with pytest.MonkeyPatch.context() as patch:
        # pywinrm warns of these; the lab's certificates are not theirs either.
        for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            patch.delenv(variable, raising=False)
        patch.setattr(_machine, "_POLL", 2 * SECOND)
        patch.setattr(_machine, "_SAME_BOOT", timedelta(seconds=SECOND))
        patch.setattr(_machine, "_GOES_DOWN_SECONDS", 300 * SECOND)
        patch.setattr(_machine.WindowsMachine, "pause", lambda self, seconds: time.sleep(seconds * SECOND))
        patch.setattr(_machine.WindowsMachine, "now", lambda self: time.monotonic() / SECOND)
        yield


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Return a maker of fleets; each is judged by the law when the test ends."""
    with ExitStack() as stack:

        def make(*hosts: Any, **more: Any) -> Stage:
            return stack.enter_context(staged(fleet_of(*hosts, **more), tmp_path))

        yield make
