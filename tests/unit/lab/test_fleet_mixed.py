# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet with more than one DSM: another array, Fibre Channel, and what stands before the lab begins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.lab import spec_file
from ansible_collections.eva.mpio.tests.lab.fleet import Fleet
from ansible_collections.eva.mpio.tests.lab.windows.hp_dsm import DsmPackageSpec

HP = "HP MPIO Full Featured DSM for EVA"
MIXED = Path(spec_file.__file__).parent / "fleets" / "mixed.yml"


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    with Fleet(spec_file.load(MIXED)) as running:
        yield running


def seen(fleet: Fleet, server: str) -> dict[str, list[tuple[str | None, int]]]:
    """Return, by virtual disk, the DSM and the number of paths of each disk that stands for it."""
    names = {vdisk.naa: vdisk.name for array in fleet.arrays for vdisk in array.vdisks}
    found: dict[str, list[tuple[str | None, int]]] = {}
    for view in fleet.host(server).snapshot().disks:
        found.setdefault(names[view.naa], []).append((view.dsm, len(view.working_paths)))
    return found


def test_each_array_has_its_dsm(fleet: Fleet) -> None:
    assert seen(fleet, "hp") == {
        "data1": [(HP, 4)],
        "data2": [(HP, 4)],
        "san1": [(HP, 2)],
        "foreign1": [("Example DSM", 2)],
    }
    assert seen(fleet, "fresh") == {"san1": [(None, 1), (None, 1)], "foreign1": [("Example DSM", 2)]}
    assert len(fleet.host("hp").snapshot().stored) == 6
    assert fleet.host("hp").services.get("exampledsm").start_mode == "Boot"
    assert fleet.laws.violations == ()


def test_the_judge_and_the_inventory_leave_the_other_array_out(fleet: Fleet) -> None:
    group = fleet.inventory()["all"]["children"]["lab"]
    assert [array["name"] for array in group["vars"]["multipath_arrays"]] == ["eva01"]
    assert [host.get("multipath_dsm") for host in group["hosts"].values()] == ["hp", None]
    kit = group["hosts"]["hp"]["multipath_dsm_package"]
    assert (kit["version"], kit["arguments"], kit["driver"]) == ("4.03.00", ["/s"], "hpeaadsm")
    assert "multipath_dsm_package" not in group["hosts"]["fresh"]


def test_what_stands_comes_back_after_a_restart(fleet: Fleet) -> None:
    before = seen(fleet, "hp")
    fleet.faults.inject("power-off", "hp")
    fleet.faults.heal("power-off", "hp")
    assert seen(fleet, "hp") == before


def test_an_administrator_wants_another_dsm(fleet: Fleet) -> None:
    fleet.declare_dsm("hp", "microsoft")
    assert fleet.inventory()["all"]["children"]["lab"]["hosts"]["hp"]["multipath_dsm"] == "microsoft"
    with pytest.raises(LookupError):
        fleet.declare_dsm("nobody", "hp")


HOST: dict[str, Any] = {"name": "win1", "nics": ["10.10.1.11/24"]}
ARRAY: dict[str, Any] = {
    "name": "eva01",
    "model": "P6300",
    "ports": [{"address": "10.10.1.21", "controller": "A"}],
    "vdisks": ["data1"],
}


def parsed(**host: Any) -> Any:
    return spec_file.parse({"arrays": [ARRAY], "hosts": [{**HOST, **host}]}).hosts[0]


def test_what_a_fleet_file_says_of_dsms() -> None:
    plain = parsed()
    assert (plain.dsm, plain.dsm_package, plain.other_dsms, plain.connected, plain.build) == (None, None, (), (), None)
    assert parsed(dsm_package={"version": "4.01.00"}).dsm_package == DsmPackageSpec(version="4.01.00")
    assert parsed(release="2008", build=6001).build == "6001"
    assert [lun.vdisk for lun in parsed(fibre_channel={"luns": {4: "data1"}}).fibre_channel.luns] == ["data1"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"dsm": "netapp"}, "must be one of hp, microsoft"),
        ({"dsm_package": {"version": "newest"}}, "one to four numbers"),
        ({"dsm_package": {"hardware_ids": ["HP HSV340"]}}, "24 characters"),
        ({"dsm_package": {"arguments": ["/s"]}}, "unknown here"),
        ({"other_dsms": [{"hardware_ids": []}]}, "name: is missing"),
        ({"fibre_channel": {"luns": {4: "data9"}}}, "no array has a virtual disk"),
        ({"fibre_channel": {"luns": ["data1"]}}, "mapping of LUN numbers"),
        ({"fibre_channel": {"paths": 9}}, "from 1 to 8"),
        ({"connected": ["eva02"]}, "must be one of eva01"),
        ({"release": "2008", "build": "7601"}, "there is no build 7601 of 2008; there are 6002, 6001, 6003"),
        ({"release": "2012", "build": "6001"}, "there is no build 6001 of 2012"),
    ],
)
def test_what_is_said_about_a_wrong_one(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(spec_file.SpecError) as caught:
        parsed(**wrong)
    assert any(sentence in each for each in caught.value.sentences), caught.value.sentences


def test_an_array_that_nobody_manages_needs_no_network() -> None:
    other = {**ARRAY, "name": "other", "managed": False, "ports": [{"address": "10.9.9.9", "controller": "A"}]}
    content = {"arrays": [ARRAY, {**other, "vdisks": []}], "hosts": [HOST]}
    assert [array.managed for array in spec_file.parse(content).arrays] == [True, False]
    with pytest.raises(spec_file.SpecError, match="in common with array other"):
        spec_file.parse({**content, "hosts": [{**HOST, "connected": ["other"]}]})
