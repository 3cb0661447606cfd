# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many HTTP requests a task needs where nothing is to be done, counted by the server, the sign-in included.

The table is printed: ``pytest -rP tests/integration/test_requests.py``. The guide to what a fleet costs repeats it.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ansible_collections.eva.mpio.tests.integration.stage import Stage, array, fleet_of, server, staged

GUIDE = Path(__file__).parents[2] / "docs/docsite/rst/guide_fleet_cost.rst"

Request = tuple[str, str]
"""What is asked for and the verb: ("MSiSCSIInitiator_SessionClass", "Pull")."""
Counts = dict[str, Counter[Request]]
"""Requests by module."""

BOUNDS = {"host": 40, "session": 30, "verify": 25, "host_info": 39, "portal": 11}
"""Requests on a server of 4 paths and 3 LUNs: for host and session a promise, for the others what was measured."""
LARGE_LUNS = 24
LARGE_PORTS = {"10.10.1": ("21", "22", "23", "24"), "10.10.2": ("21", "22", "23", "24")}
PAGE = 153_600
"""Octets that the collection asks for in one answer."""


def large_array() -> dict[str, object]:
    """Return an array of eight ports, which are eight paths for a server of two NICs."""
    ports = [
        {"address": f"{network}.{last}", "controller": "A" if last in ("21", "23") else "B"}
        for network, lasts in LARGE_PORTS.items()
        for last in lasts
    ]
    return array(ports=ports)


def counted(stage: Stage, name: str, host: str) -> Counter[Request]:
    """Run a module that has nothing to do and count what the server was asked."""
    options = {} if name == "host_info" else stage.layout(host)
    since = stage.now
    result = stage.module(name, host, options)
    assert result.status == "ok", result.message
    assert result["changed"] is False
    return requests(stage, host, since)


def requests(stage: Stage, host: str, since: int) -> Counter[Request]:
    events = [event.facts for event in stage.events(host, "request", since)]
    return Counter((facts["resource"].rpartition("/")[2], facts["action"].rpartition("/")[2]) for facts in events)


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Stage]]:
    """A server of 4 paths and 3 LUNs, and one of 8 paths and 24 LUNs, both as they shall be."""
    with ExitStack() as stack:
        directory = tmp_path_factory.mktemp("requests")
        small = stack.enter_context(staged(fleet_of(server("small", 1)), directory))
        fleet = fleet_of(server("large", 2, luns=LARGE_LUNS), arrays=[large_array()])
        large = stack.enter_context(staged(fleet, directory))
        for stage, paths in ((small, 4), (large, 8)):
            stage.provision()
            (host,) = stage.fleet.hosts
            assert len(stage.declared(host)) == paths
            stage.is_redundant(host, luns=3 if paths == 4 else LARGE_LUNS)
        yield small, large


@pytest.fixture(scope="module")
def small(stages: tuple[Stage, Stage]) -> Counts:
    return {name: counted(stages[0], name, "small") for name in BOUNDS}


@pytest.fixture(scope="module")
def large(stages: tuple[Stage, Stage]) -> Counts:
    return {name: counted(stages[1], name, "large") for name in BOUNDS}


def test_table(small: Counts, large: Counts) -> None:
    rows = sorted({request for counts in (small, large) for counter in counts.values() for request in counter})
    print(f"\n{f'4 paths, 3 LUNs / 8 paths, {LARGE_LUNS} LUNs':52}", *(f"{name:>9}" for name in BOUNDS))
    for row in rows:
        print(f"{' '.join(row):52}", *(f"{small[name][row]:5}/{large[name][row]:<3}" for name in BOUNDS))
    print(f"{'all':52}", *(f"{small[name].total():5}/{large[name].total():<3}" for name in BOUNDS))


@pytest.mark.parametrize("name", BOUNDS)
def test_bound(name: str, small: Counts) -> None:
    assert 0 < small[name].total() <= BOUNDS[name], small[name]


@pytest.mark.parametrize("name", BOUNDS)
def test_signed_in_once_and_each_class_asked_once(name: str, small: Counts, large: Counts) -> None:
    for counts in (small, large):
        once = {what: number for what, number in counts[name].items() if what[1] not in ("Pull", "SignIn")}
        assert set(once.values()) == {1}, once
        # Refused, challenged and accepted: NTLM takes three, for a TCP connection.
        assert counts[name]["", "SignIn"] == 3


@pytest.mark.parametrize("name", BOUNDS)
def test_growth_is_pages_only(name: str, stages: tuple[Stage, Stage], small: Counts, large: Counts) -> None:
    more, fewer = large[name] - small[name], small[name] - large[name]
    assert not fewer
    assert {verb for _unused, verb in more} <= {"Pull"}, more
    stage, since = stages[1], stages[1].now
    counted(stage, name, "large")
    sizes: dict[str, list[int]] = {}
    for event in stage.events("large", "request", since):
        if event.facts["action"].endswith("/Pull"):
            sizes.setdefault(event.facts["resource"], []).append(event.facts["bytes_out"])
    for resource, octets in sizes.items():
        # Were two pages small enough for one, there would be one page too many.
        assert len(octets) == 1 or min(a + b for a, b in itertools.pairwise(octets)) > PAGE * 0.9, resource


def test_ansible_playbook_sends_no_more(stages: tuple[Stage, Stage], small: Counts) -> None:
    stage, since = stages[0], stages[0].now
    layout = {"arrays": "{{ multipath_arrays }}", "nics": "{{ multipath_nics }}"}
    run = stage.play([{"name": "host", "eva.mpio.host": layout}])
    assert run.ok("small", "host")["changed"] is False
    assert requests(stage, "small", since) == small["host"]


def test_the_guide_is_right(small: Counts, large: Counts) -> None:
    rows = re.findall(r"\* - ``eva\.mpio\.(\w+)``\n +- (\d+)\n +- (\d+)\n", GUIDE.read_text(encoding="utf-8"))
    told = {name: (int(few), int(many)) for name, few, many in rows}
    assert told == {name: (small[name].total(), large[name].total()) for name in BOUNDS}
