# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A link to the host of ``scenario.py`` and ``texts.py``, and reading it."""

from __future__ import annotations

import typing as t

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Host, Known
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.reader import Reader, read_operating_system, unread
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import RELEASES
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows import scenario, texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.answers import FakeLink


def healthy() -> FakeLink:
    return FakeLink(scenario.classes(), texts.tools())


def read(link: FakeLink, *parts: str, previous: Host | None = None) -> Host:
    known = previous or unread(read_operating_system(t.cast("t.Any", link)))
    return Reader(t.cast("t.Any", link), RELEASES[9600]).read(parts, known)


def value(part: t.Any) -> t.Any:
    assert isinstance(part, Known), part
    return part.value
