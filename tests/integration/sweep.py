# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The main stories told in each position of each switch: facts about Windows that nobody has confirmed."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from ansible_collections.eva.mpio.tests.integration.profiles import PROFILES, options
from ansible_collections.eva.mpio.tests.integration.stage import SUBSET, Stage, fleet_of, server, staged
from ansible_collections.eva.mpio.tests.lab.windows.switches import Switches

NUMBERS: Mapping[str, tuple[Any, ...]] = {
    "install_state_while_pending": (2, 4),
    "mpclaim_reboot_exit_code": (3010,),
    "path_id_top_byte": (0x87,),
    "path_id_port_offset": (1,),
    "disk_order_seed": (7, 99),
    "first_port_number": (0, 4),
    "device_delay": (3.0,),
    "login_deadline": (3.0,),
    "bound_device_timeout": (5.0,),
}
"""Positions of the switches that are numbers."""

CLASSES = (
    "MSiSCSI_PortalInfoClass",
    "MSiSCSI_InitiatorSessionInfo",
    "MSiSCSIInitiator_SessionClass",
    "MSiSCSIInitiator_TargetClass",
    "MSiSCSIInitiator_PersistentLoginClass",
    "MPIO_REGISTERED_DSM",
    "MPIO_DISK_INFO",
    "MPIO_GET_DESCRIPTOR",
    "DSM_QueryLBPolicy_V2",
)
"""The classes with embedded objects that the collection reads."""


def positions(switch: type[Any]) -> Iterator[tuple[str, Any]]:
    """Yield every position of every switch that a class declares itself, but for the default ones."""
    hints, inherited = typing.get_type_hints(switch), {field.name for base in switch.__bases__ for field in named(base)}
    for field in fields(switch):
        if field.name in inherited:
            continue
        if hints[field.name] is bool:
            yield field.name, not field.default
        elif field.name in NUMBERS:
            yield from ((field.name, value) for value in NUMBERS[field.name])
        elif typing.get_origin(hints[field.name]) is typing.Literal:
            choices = typing.get_args(hints[field.name])
            yield from ((field.name, choice) for choice in choices if choice != field.default)
        elif field.name != "embedded_arrays_readable":
            raise AssertionError(f"say in NUMBERS which positions {field.name} has")


def named(base: type[Any]) -> tuple[Any, ...]:
    """Return the fields of a base class, none for what is no dataclass."""
    return fields(base) if hasattr(base, "__dataclass_fields__") else ()


def told(directory: Path, profile: str = "2012r2", language: str = "en", **switches: Any) -> None:
    """Tell first provision, mending and a run with nothing to do, with a server whose switches stand so.

    Args:
        directory: for the inventory
        profile: name of the kind of server
        language: of its Windows
        switches: positions of switches that differ from the expected ones
    """
    kind = dict(PROFILES[profile])
    basic = {"scheme": "http", "transport": "basic", **kind.pop("winrm", {})}
    positions_of = {**kind.pop("switches", {}), **switches}
    spec = server("win1", 1, **kind, language=language, winrm=basic, switches=in_yaml(positions_of))
    with staged(fleet_of(spec, second=0.005), directory) as stage:
        assert stage.fleet.host("win1").switches == Switches(**positions_of)
        # Should storing a login open a session too, a path that stands already gets another: no harm, and no gain.
        doubled = bool(switches.get("persistent_login_logs_in"))
        more = options(profile)
        stage.provision("win1", **more)
        whole(stage, doubled)
        stage.fleet.faults.inject("end-session", "win1", "10.10.1.22")
        stage.fleet.faults.inject("forget-login", "win1", "10.10.2.21")
        mark = stage.now
        stage.provision("win1", **more)
        whole(stage, doubled)
        assert len(stage.logins("win1", mark)) == 1 + doubled
        mark = stage.now
        again = stage.module("host", "win1", stage.whole("win1", **more))
        assert (again["changed"], stage.logins("win1", mark), stage.changes("win1", mark)) == (False, [], [])
        proof = stage.module("verify", "win1", {**stage.layout("win1"), "lun_policies": SUBSET})
        assert proof.status == "ok", proof.message


def whole(stage: Stage, doubled: bool) -> None:
    """Fail unless the server is redundant with the right policy on each LUN."""
    assert stage.policies("win1") == {3}
    if not doubled:
        stage.is_redundant("win1")
        return
    truth, declared = stage.truth("win1"), stage.declared("win1")
    assert (tuple(sorted(set(truth.live))), truth.stored) == (declared, declared)
    assert {dsm for dsm, _unused in truth.disks.values()} == {stage.microsoft_dsm("win1")}
    assert len(truth.disks) == 3


def in_yaml(switches: Mapping[str, Any]) -> dict[str, Any]:
    """Write switches as a fleet file has them."""
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in switches.items()}
