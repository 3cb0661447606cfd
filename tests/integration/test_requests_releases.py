# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many HTTP requests a run with nothing to do takes on each kind of server; the guide repeats the table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.eva.mpio.tests.integration.dsm_stage import HOST, HP_READING, PACKAGE, dsm_server, wish
from ansible_collections.eva.mpio.tests.integration.profiles import PROFILES, options
from ansible_collections.eva.mpio.tests.integration.stage import Stage, fleet_of, server, staged

GUIDE = Path(__file__).parents[2] / "docs/docsite/rst/guide_fleet_cost.rst"
BOUND = 40
"""What design and guide promise for a host with nothing to do."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Give a server of each kind, as it shall be."""
    fleet = fleet_of(*(server(name, number, **kind) for number, (name, kind) in enumerate(PROFILES.items(), start=1)))
    with staged(fleet, tmp_path_factory.mktemp("requests")) as stage:
        for name in PROFILES:
            stage.provision(name, **options(name))
        yield stage


def requests(stage: Stage, name: str) -> int:
    since = stage.now
    done = stage.module("host", name, stage.whole(name, reboot=False, **options(name)))
    assert (done.status, done["changed"]) == ("ok", False), done.message
    return stage.requests(name, since).total()


@pytest.mark.parametrize("name", PROFILES)
def test_bound(stage: Stage, name: str) -> None:
    assert requests(stage, name) <= BOUND


def test_the_guide_is_right(stage: Stage) -> None:
    rows = re.findall(r"\* - (\d{4}[^\n]*)\n +- (\d+)\n", GUIDE.read_text(encoding="utf-8"))
    measured = {name: requests(stage, name) for name in PROFILES}
    print(*(f"{name:16}{number:4}" for name, number in measured.items()), sep="\n")
    assert {name: int(number) for name, number in rows} == measured


def test_the_guide_is_right_under_hps_dsm(tmp_path: Path) -> None:
    rows = re.findall(r"\* - ``eva\.mpio\.([^\n]*)\n +- (\d+)\n(?! +- )", GUIDE.read_text(encoding="utf-8"))
    with staged(fleet_of(dsm_server("2012", "hp")), tmp_path) as stage:
        assert stage.module("host", HOST, wish(stage, "2012", "hp")).status == "ok"
        layout = {**stage.layout(HOST), "dsm": "hp"}
        whole = {**layout, "dsm_package": PACKAGE}
        asked = {
            "host``": ("host", whole),
            "host`` with ``change_dsm: true``": ("host", {**whole, "change_dsm": True, "reboot": True}),
            "session``": ("session", layout),
            "verify``": ("verify", layout),
            "verify`` with ``hp_policies``": ("verify", {**layout, "hp_policies": {"default": "sqst"}, **HP_READING}),
            "host_info``": ("host_info", {}),
        }
        measured = {}
        for title, (module, arguments) in asked.items():
            since = stage.now
            done = stage.module(module, HOST, arguments)
            assert (done.status, done["changed"]) == ("ok", False), done.message
            measured[title] = stage.requests(HOST, since).total()
    print(*(f"{name:36}{number:4}" for name, number in measured.items()), sep="\n")
    assert {name: int(number) for name, number in rows} == measured
