# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A link to the host of ``scenario.py`` and ``texts.py``, and reading it."""

from __future__ import annotations

import typing as t

from ansible_collections.eva.mpio.plugins.plugin_utils._model import PARTS, Host, Known
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.reader import Reader, read_operating_system, unread
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import BY_KEY
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.ways import Ways
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows import scenario, texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.answers import FakeLink

# What is read on occasion only: whom a restart would hit, what a logout would hit, what the wish names.
OCCASIONAL: t.Final = ("users", "cluster", "isns_servers", "disk_use", "volumes", "hp_policies")
PLAIN: t.Final = tuple(name for name in PARTS if name not in OCCASIONAL)


def healthy() -> FakeLink:
    return FakeLink(scenario.classes(), texts.tools())


_OPERATING_SYSTEMS: t.Final = {
    "2003": ("Microsoft(R) Windows(R) Server 2003, Standard Edition", "5.2", 3790, 2, None),
    "2008": ("Microsoft Windows Server 2008 Standard ", "6.0", 6002, 2, 7),
    "2008 core": ("Microsoft Windows Server 2008 Standard ", "6.0", 6001, 1, 13),
    "2008r2": ("Microsoft Windows Server 2008 R2 Standard ", "6.1", 7601, 1, 7),
}


def older(kind: str) -> FakeLink:
    """Return the same host on an older release, with the classes and tools that it has."""
    link = healthy()
    caption, version, build, service_pack, edition = _OPERATING_SYSTEMS[kind]
    system = {
        **scenario.classes()["Win32_OperatingSystem"][0],
        "Caption": caption,
        "Version": f"{version}.{build}",
        "BuildNumber": str(build),
        "ServicePackMajorVersion": service_pack,
        "OperatingSystemSKU": edition,
    }
    if edition is None:
        del system["OperatingSystemSKU"]
    link.classes["Win32_OperatingSystem"] = [system]
    if kind == "2008r2":
        return link
    del link.classes["Win32_OptionalFeature"]
    link.tools = {name: printed for name, printed in link.tools.items() if not name.startswith("mpclaim")}
    if kind == "2003":
        del link.classes["DSM_QueryLBPolicy_V2"]
        link.classes["DSM_QueryLBPolicy"] = [scenario.load_balance_v1(lun) for lun in scenario.LUNS]
        link.classes["Win32_SystemDriver"] = [
            {"Name": name, "StartMode": "Boot", "State": "Running"} for name in ("mpio", "msiscdsm")
        ]
    else:
        link.classes["Win32_ServerFeature"] = [{"ID": 57}]
    return link


def read(
    link: FakeLink,
    *parts: str,
    previous: Host | None = None,
    release: str = "2012r2",
    services: tuple[str, ...] = (),
    ways: Ways | None = None,
) -> Host:
    known = previous or unread(read_operating_system(t.cast("t.Any", link)))
    return Reader(t.cast("t.Any", link), BY_KEY[release], ways or Ways(services=services)).read(parts, known)


def value(part: t.Any) -> t.Any:
    assert isinstance(part, Known), part
    return part.value
