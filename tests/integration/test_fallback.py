# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Classes with embedded objects that cannot be read: the stories come out right, and the facts agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration import sweep
from ansible_collections.eva.mpio.tests.integration.stage import Stage, fleet_of, server, staged

INITIATOR = frozenset(name for name in sweep.CLASSES if name.startswith("MSiSCSI"))
MULTIPATH = frozenset(sweep.CLASSES) - INITIATOR
DSMS = frozenset({"MPIO_REGISTERED_DSM"})
GROUPS = [frozenset({name}) for name in sweep.CLASSES] + [INITIATOR, MULTIPATH]
NAMES = [*sweep.CLASSES, "initiator", "multipath"]

NOT_COMPARED = {"instance", "ports_known"}
"""What mpclaim does not print of a disk, and what says how well a reading knows."""
PARTS = ("initiator", "portals", "targets", "sessions", "logins", "dsms", "disks")


@pytest.mark.parametrize("unreadable", GROUPS, ids=NAMES)
def test_the_stories_come_out_right(tmp_path: Path, unreadable: frozenset[str], request: pytest.FixtureRequest) -> None:
    if unreadable >= DSMS:
        # Which DSMs are registered has no other source: nothing is claimed, and nothing is made worse.
        request.applymarker(pytest.mark.xfail(reason="no second source for MPIO_REGISTERED_DSM", strict=True))
    sweep.told(tmp_path, embedded_arrays_readable=unreadable)


def test_while_the_dsms_are_unknown_there_is_one_path_and_the_reason_is_said(tmp_path: Path) -> None:
    spec = server("win1", 1, switches={"embedded_arrays_readable": sorted(DSMS)})
    with staged(fleet_of(spec), tmp_path) as stage:
        for _unused in range(2):
            result = stage.module("host", "win1", stage.whole("win1"))
            assert result.status == "failed"
            assert "MPIO_REGISTERED_DSM" in result.message
            assert len(stage.truth("win1").live) == len(stage.truth("win1").stored) == 1


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, dict[str, Any]]]:
    """Give a finished server and its facts as WMI tells them."""
    with staged(fleet_of(server("win1", 1)), tmp_path_factory.mktemp("fallback")) as stage:
        stage.provision()
        facts = stage.module("host_info", "win1", {"gather_subset": list(PARTS)})["host"]
        assert facts["unknown"] == {}
        assert set(facts["sources"].values()) == {"wmi"}
        yield stage, facts


@pytest.mark.parametrize("unreadable", GROUPS, ids=NAMES)
def test_both_ways_to_read_agree_wherever_both_can_know(
    lab: tuple[Stage, dict[str, Any]], unreadable: frozenset[str]
) -> None:
    stage, by_wmi = lab
    switches = stage.fleet.host("win1").switches
    switches.embedded_arrays_readable = unreadable
    try:
        other = stage.module("host_info", "win1", {"gather_subset": list(PARTS)})["host"]
    finally:
        switches.embedded_arrays_readable = frozenset()
    assert other["sources"] != by_wmi["sources"] or other["unknown"] or unreadable == {"MSiSCSI_InitiatorSessionInfo"}
    compared = 0
    for part in PARTS:
        if part in other["unknown"]:
            assert len(other["unknown"][part]) > 20
            continue
        assert disagreements(by_wmi[part], other[part], part) == []
        compared += 1
    assert compared >= len(PARTS) - 1


def disagreements(one: Any, other: Any, where: str) -> list[str]:
    """Return where two readings say different things; None is "not known" and contradicts nothing."""
    if one is None or other is None or where.rpartition(".")[2] in NOT_COMPARED:
        return []
    if isinstance(one, dict) and isinstance(other, dict):
        return [line for name in one for line in disagreements(one[name], other.get(name), f"{where}.{name}")]
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return [f"{where}: {len(one)} against {len(other)}"]
        pairs = zip(sorted(one, key=identity), sorted(other, key=identity), strict=True)
        return [line for number, pair in enumerate(pairs) for line in disagreements(*pair, f"{where}[{number}]")]
    if where.endswith((".vendor", ".product")):
        one, other = one.lower(), other.lower()  # Windows writes the names of device interfaces in small letters
    return [] if one == other else [f"{where}: {one!r} against {other!r}"]


def identity(item: Any) -> str:
    """Return what tells the items of a list apart in both readings."""
    if not isinstance(item, dict):
        return str(item)
    keys = ("id", "wwn", "name", "target", "portal", "port_number", "remote", "address", "number")
    return str([item[key] for key in keys if key in item and item[key] is not None])
