# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stories that are disturbed: how each begins, what is asked for, and what it has to end in."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.stage import SUBSET, Stage, array, server
from ansible_collections.eva.mpio.tests.lab.fabric.interface import Chap
from ansible_collections.eva.mpio.tests.lab.spec import FleetSpec
from ansible_collections.eva.mpio.tests.lab.spec_file import parse
from ansible_collections.eva.mpio.tests.lab.windows.storage.policies import Policy
from ansible_collections.eva.mpio.tests.sweep.disturbances import HOST

LUNS = 2
OLD_SECRET = "first-secret-1"
NEW_SECRET = "second-secret2"

Options = dict[str, Any]


@dataclass(frozen=True)
class Story:
    """One story with one server."""

    name: str
    prepare: Callable[[Stage, Options], None] = lambda stage, options: None
    """Brings the server to where the story begins; ``options`` bring it to proven redundancy."""
    asks: Callable[[Options], Options] = lambda options: options
    """Returns the options of the run that is disturbed, and of the one that must converge after it."""
    settled: Callable[[Options], Options] = lambda options: options
    """Returns the options of a run that has to find nothing to do in the end."""
    fleet: Mapping[str, Any] = field(default_factory=dict)
    host: Mapping[str, Any] = field(default_factory=dict)


def _break(stage: Stage, options: Options) -> None:
    """Take two sessions and a stored login away."""
    provision(stage, options)
    stage.fleet.faults.inject("end-session", HOST, "10.10.1.21")
    stage.fleet.faults.inject("end-session", HOST, "10.10.2.22")
    stage.fleet.faults.inject("forget-login", HOST, "10.10.1.22")


def _full_mesh(stage: Stage, options: Options) -> None:
    """Give the server a path from each NIC to each portal, of which half are to go."""
    provision(stage, {**options, "mesh": "full"})


def _new_secret(stage: Stage, options: Options) -> None:
    """Let the array's administrator change the secret; sessions that stand go on standing."""
    provision(stage, options)
    for each in stage.fleet.arrays:
        each.set_chap(stage.fleet.node_name(HOST), Chap(stage.fleet.node_name(HOST), NEW_SECRET.encode()), None)


def _with_new_secret(options: Options) -> Options:
    arrays = [{**each, "chap_secret": NEW_SECRET} for each in options["arrays"]]
    return {**options, "arrays": arrays}


EACH: Mapping[str, Story] = {
    story.name: story
    for story in (
        Story("provision"),
        Story("mend", _break),
        Story(
            "purge",
            _full_mesh,
            lambda options: {**options, "purge": ["stale"], "purge_limit": 32},
            fleet={"routed": True},
        ),
        Story(
            "rotate",
            _new_secret,
            lambda options: {**_with_new_secret(options), "update_password": "always"},
            _with_new_secret,
            host={"chap": {"secret": OLD_SECRET}},
        ),
    )
}


def fleet_spec(story: Story, profile: str, switches: Mapping[str, Any]) -> FleetSpec:
    """Declare the server of a story: of a profile, with these switches in other positions than usual."""
    kind = copy.deepcopy(dict(profiles.PROFILES[profile]))
    kind["winrm"] = {**kind.get("winrm", {}), "transport": "basic"}
    kind["switches"] = {**kind.get("switches", {}), **switches}
    hosts = [server(HOST, 1, **kind, **story.host)]
    return parse({"arrays": [array()], "defaults": {"luns": LUNS}, "hosts": hosts, **story.fleet})


def options_for(stage: Stage, profile: str) -> Options:
    """Return the options of eva.mpio.host that bring the server to proven redundancy."""
    return {**stage.layout(HOST), **profiles.options(profile), "reboot": True, "lun_policies": SUBSET}


def provision(stage: Stage, options: Options) -> None:
    """Bring the server to proven redundancy, undisturbed.

    Raises:
        RuntimeError: that fails.
    """
    done = stage.module("host", HOST, options)
    if (done.status, done.result.get("state")) != ("ok", "converged"):
        raise RuntimeError(f"cannot prepare the story: {done.status} {done.result.get('state')}: {done.message}")


def shortcomings(stage: Stage, doubled: bool) -> Iterator[str]:
    """Say what the server lacks, or has too much, of what the layout declares.

    Args:
        stage: the fleet
        doubled: whether a path may have sessions over the one that is wanted
    """
    truth, declared = stage.truth(HOST), stage.declared(HOST)
    live = tuple(sorted(set(truth.live))) if doubled else truth.live
    if live != declared:
        yield f"sessions stand on {live}, and {declared} are declared"
    if truth.stored != declared:
        yield f"logins are stored for {truth.stored}, and {declared} are declared"
    for naa, (dsm, paths) in truth.disks.items():
        enough = paths >= len(declared) if doubled else paths == len(declared)
        if dsm != stage.microsoft_dsm(HOST) or not enough:
            yield f"LUN {naa} has {paths} working paths under {dsm}"
    if len(truth.disks) != LUNS:
        yield f"{len(truth.disks)} disks are there, and {LUNS} LUNs are presented"
    if stage.policies(HOST) != {int(Policy.ROUND_ROBIN_WITH_SUBSET)}:
        yield f"the policies of its disks are {stage.policies(HOST)}"
