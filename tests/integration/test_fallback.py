# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Classes with embedded objects that cannot be read: the stories come out right, and the facts agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration import main_story, profiles
from ansible_collections.eva.mpio.tests.integration.stage import Stage, fleet_of, server, staged

POLICIES = "DSM_QueryLBPolicy_V2" if profiles.has(profiles.POLICY_V2) else "DSM_QueryLBPolicy"
CLASSES = [POLICIES if name.startswith("DSM_QueryLBPolicy") else name for name in main_story.CLASSES]
INITIATOR = frozenset(name for name in CLASSES if name.startswith("MSiSCSI"))
MULTIPATH = frozenset(CLASSES) - INITIATOR
GROUPS = [frozenset({name}) for name in CLASSES] + [INITIATOR, MULTIPATH]
NAMES = [*CLASSES, "initiator", "multipath"]

# What a server becomes, in paths, where a class has no second source, and what is said: one path while MPIO's part in
# the disks is not known, none without the initiator's ports, and all where the policies alone are in the dark.
ALONE: dict[str, tuple[int, str]] = {"MPIO_REGISTERED_DSM": (1, "MPIO_REGISTERED_DSM")}
if not profiles.has(profiles.MPCLAIM_SHOWS):
    ALONE |= {name: (1, name) for name in ("MPIO_DISK_INFO", "MPIO_GET_DESCRIPTOR")}
    ALONE[POLICIES] = (4, f"its policy is not known: the class {POLICIES} cannot be read")
if not profiles.has(profiles.STORAGE_CLASSES):
    ALONE["MSiSCSI_PortalInfoClass"] = (0, "MSiSCSI_PortalInfoClass")

NOT_COMPARED = {"instance", "ports_known"}
"""What mpclaim does not print of a disk, and what says how well a reading knows."""
NOT_ASKED_FOR = {"disks.policy_from", "disks.policy_explicit"}
"""What the default policies tell, which stand in the registry."""
PARTS = ("initiator", "portals", "targets", "sessions", "logins", "dsms", "disks")


@pytest.mark.parametrize("unreadable", GROUPS, ids=NAMES)
def test_the_stories_come_out_right(tmp_path: Path, unreadable: frozenset[str], request: pytest.FixtureRequest) -> None:
    if alone := sorted(unreadable & ALONE.keys()):
        # What has no other source is not guessed: nothing is made worse, and the job is not done.
        request.applymarker(pytest.mark.xfail(reason=f"no second source for {', '.join(alone)}", strict=True))
    main_story.told(tmp_path, profiles.CURRENT, embedded_arrays_readable=unreadable)


@pytest.mark.parametrize("name", ALONE)
def test_what_has_no_second_source_stops_what_rests_on_it_and_is_said(tmp_path: Path, name: str) -> None:
    paths, words = ALONE[name]
    spec = server("win1", 1, switches={"embedded_arrays_readable": [name]})
    with staged(fleet_of(spec), tmp_path) as stage:
        for _unused in range(2):
            result = stage.module("host", "win1", stage.whole("win1"))
            assert result.status == "failed"
            assert words in result.message
            assert len(stage.truth("win1").live) == len(stage.truth("win1").stored) == paths


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, dict[str, Any]]]:
    """Give a finished server and its facts as WMI tells them."""
    with staged(fleet_of(server("win1", 1)), tmp_path_factory.mktemp("fallback")) as stage:
        stage.provision()
        facts = stage.module("host_info", "win1", {"gather_subset": list(PARTS)})["host"]
        assert facts["unknown"].keys() <= NOT_ASKED_FOR
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
    if unreadable == {POLICIES} and POLICIES in ALONE:
        assert {disk["policy"] for disk in other["disks"]} == {None}
        assert POLICIES in other["unknown"]["disks.policy"]
    elif unreadable != {"MSiSCSI_InitiatorSessionInfo"}:
        assert other["sources"] != by_wmi["sources"] or other["unknown"].keys() - NOT_ASKED_FOR
    compared = 0
    for part in PARTS:
        if part in other["unknown"]:
            assert len(other["unknown"][part]) > 20
            continue
        assert disagreements(by_wmi[part], other[part], part) == []
        compared += 1
    assert compared >= len(PARTS) - (1 if profiles.has(profiles.MPCLAIM_SHOWS) else 2)


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
