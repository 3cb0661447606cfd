# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Questions to a real host about what no document tells, none of which changes it. Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from dataclasses import dataclass

from .._windows import classes
from .._wire.link import Link
from .._wire.schema import Schema
from .._wire.values import Struct

_NO_POLICY: t.Final = 255
"""No load-balance policy: a DSM takes 1 to 7 (windows-driver-docs dsm-load-balance-policy; 0 would clear the LUN's)."""
_MICROSOFT: t.Final = "microsoft"


@dataclass(frozen=True)
class Probe:
    """A question; ``ask`` returns the answer in words or raises a WireError, which is an answer as well."""

    name: str
    tells: str
    ask: Callable[[Link], str]


def _selectors(schema: Schema) -> Probe:
    def ask(link: Link) -> str:
        references = link.enumerate_references(schema)
        keys = sorted({", ".join(reference) for reference in references})
        return f"{len(references)} instances" + "".join(f"; keys: {names}" for names in keys)

    return Probe(f"selectors of {schema.name}", "which properties name an instance in Get, Put and Invoke", ask)


def _ports(link: Link) -> str:
    found = [
        f"Index {portal.integer('Index')}, Port {portal.integer('Port')}, PortalType {portal.integer('PortalType')}"
        for info in link.enumerate(classes.PORTAL_INFO)
        for portal in info.embeddeds("PortalInformation")
    ]
    return "; ".join(found) or "no portals"


def _object_argument(link: Link) -> str:
    """Ask a Microsoft DSM for a policy that there is none of, over no paths: it refuses, and how is the question."""
    numbers = {
        (drive.text("Name") or "").rpartition("Disk")[2].strip()
        for info in link.enumerate(classes.DISK_INFO)
        for drive in info.embeddeds("DriveInfo")
        if (drive.text("DsmName") or "").strip().casefold().startswith(_MICROSOFT)
    }
    for disk in link.enumerate(classes.DISK_DESCRIPTOR):
        name = disk.text("InstanceName")
        if name and (disk.text("DeviceName") or "").rpartition("Disk")[2].strip() in numbers:
            break
    else:
        return "not asked: there is no disk of a Microsoft DSM"
    members = {"Version": 1, "LoadBalancePolicy": _NO_POLICY, "DSMPathCount": 0, "Reserved": 0}
    argument = Struct(classes.POLICY_V1, members)
    answer = link.invoke(
        classes.DSM_OPERATIONS,
        "DsmSetLoadBalancePolicy",
        {"LoadBalancePolicy": argument},
        classes.DSM_STATUS,
        {"InstanceName": name},
    )
    return f"the object went through, and the DSM answered Status {answer.integer('Status')}"


PROBES: t.Final = (
    Probe("WinRM", "which version of it answers", lambda link: link.identify().text),
    *map(
        _selectors,
        (classes.INITIATOR_METHODS, classes.SESSION, classes.PERSISTENT_LOGIN, classes.DISCOVERY_PORTAL),
    ),
    Probe("ports of the initiator", "whether Index and Port of a NIC differ", _ports),
    Probe("object as argument", "whether a method takes an embedded object over WS-Management", _object_argument),
)
