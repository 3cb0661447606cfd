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
from ansible_collections.eva.mpio.tests.integration.dsm_stage import (
    CHANGES,
    HP_PROFILES,
    KIT,
    PACKAGE,
    allow_change,
    dsm_of,
)
from ansible_collections.eva.mpio.tests.integration.stage import SUBSET, Stage, array, server
from ansible_collections.eva.mpio.tests.lab.fabric.interface import Chap
from ansible_collections.eva.mpio.tests.lab.spec import FleetSpec
from ansible_collections.eva.mpio.tests.lab.spec_file import parse
from ansible_collections.eva.mpio.tests.lab.windows.storage.policies import Policy
from ansible_collections.eva.mpio.tests.sweep import cluster
from ansible_collections.eva.mpio.tests.sweep.disturbances import HOST, LETTERS

LUNS = 2
CLUSTERED = ("2003-installed", "2008r2", "2012")
"""The profiles on which the DSM of a node of a cluster is changed."""
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
    dsm: str = "microsoft"
    """The DSM that owns the disks in the end."""
    releases: tuple[str, ...] = ()
    """Profiles that it is told of; none where it is told of all."""
    volumes: bool = False
    """Whether its LUNs carry mounted volumes, where a run can take them offline."""
    clustered: bool = False
    """Whether the server is a node of a failover cluster, whose other node carries the group with the LUNs."""

    def is_told_of(self, profile: str) -> bool:
        """Tell whether servers of a profile take part in it."""
        return not self.releases or profile in self.releases


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


def _under(dsm: str) -> Callable[[Options], Options]:
    """Write the options that bring a server to redundancy under a DSM."""
    policies = SUBSET if dsm == "microsoft" else {}
    return lambda options: {**options, "dsm": dsm, "lun_policies": policies}


def _changes_to(dsm: str) -> Callable[[Options], Options]:
    return lambda options: {**_under(dsm)(options), "change_dsm": True}


def _redundant_under(dsm: str, then: str) -> Callable[[Stage, Options], None]:
    """Provision under a DSM; from then on another one is wanted, and the way there may take paths."""

    def prepare(stage: Stage, options: Options) -> None:
        provision(stage, _under(dsm)(options))
        if _has_offline_disks(stage):
            for vdisk, letter in zip(stage.fleet.arrays[0].vdisks, LETTERS, strict=False):
                stage.fleet.host(HOST).disks.mount(vdisk.naa, letter)
        allow_change(stage, then, HOST)

    return prepare


def _beside_a_partner(dsm: str, then: str) -> Callable[[Stage, Options], None]:
    """Provision both nodes of a cluster under a DSM; from then on another one is wanted on one of them."""

    def prepare(stage: Stage, options: Options) -> None:
        for name in (HOST, cluster.PARTNER):
            own = {**options, **stage.layout(name), "reboot_despite": ["cluster"]}
            provision(stage, _under(dsm)(own), name)
        # The restart of the second node has moved its group.
        stage.fleet.faults.inject("move-group", cluster.PARTNER, cluster.GROUP, cluster.PARTNER)
        allow_change(stage, then, HOST)

    return prepare


def _has_offline_disks(stage: Stage) -> bool:
    """Tell whether a run can take disks in use offline; on Server 2003 somebody must dismount them before."""
    return stage.fleet.host(HOST).release.since_vista


def _change(name: str, before: str, after: str) -> Story:
    return Story(
        name,
        _redundant_under(before, after),
        _changes_to(after),
        _under(after),
        host={"dsm_package": KIT, "dsm": before},
        dsm=after,
        releases=CHANGES,
        volumes=True,
    )


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
        Story(
            "provision-hp",
            asks=_under("hp"),
            settled=_under("hp"),
            host={"dsm_package": KIT, "dsm": "hp"},
            dsm="hp",
            releases=HP_PROFILES,
        ),
        _change("to-hp", "microsoft", "hp"),
        _change("to-microsoft", "hp", "microsoft"),
        Story(
            "to-hp-clustered",
            _beside_a_partner("microsoft", "hp"),
            _changes_to("hp"),
            _under("hp"),
            host={"dsm_package": KIT, "dsm": "microsoft", **cluster.node()},
            dsm="hp",
            releases=CLUSTERED,
            clustered=True,
        ),
    )
}


def fleet_spec(story: Story, profile: str, switches: Mapping[str, Any]) -> FleetSpec:
    """Declare the server of a story: of a profile, with these switches in other positions than usual."""
    kind = copy.deepcopy(dict(profiles.PROFILES[profile]))
    kind["winrm"] = {**kind.get("winrm", {}), "transport": "basic"}
    kind["switches"] = {**kind.get("switches", {}), **switches}
    hosts, disks = [server(HOST, 1, **kind, **story.host)], []
    if story.clustered:
        hosts.append(server(cluster.PARTNER, 2, **kind, **{**story.host, **cluster.node(cluster.GROUP)}))
        disks.extend(cluster.DISKS)
    return parse({"arrays": [array(vdisks=disks)], "defaults": {"luns": LUNS}, "hosts": hosts, **story.fleet})


def options_for(stage: Stage, profile: str) -> Options:
    """Return the options of eva.mpio.host that bring the server to proven redundancy."""
    options = {**stage.layout(HOST), **profiles.options(profile), "reboot": True, "lun_policies": SUBSET}
    if stage.fleet.spec_of(HOST).dsm_package is None:
        return options
    # An administrator has tried what makes his kit silent.
    silent = [stage.fleet.host(HOST).switches.hp_dsm_silent_argument]
    return {**options, "dsm_package": {**PACKAGE, "arguments": silent, "removal_arguments": silent}}


def provision(stage: Stage, options: Options, host: str = HOST) -> None:
    """Bring the server, or its partner, to proven redundancy, undisturbed.

    Raises:
        RuntimeError: that fails.
    """
    done = stage.module("host", host, options)
    if (done.status, done.result.get("state")) != ("ok", "converged"):
        raise RuntimeError(f"cannot prepare the story: {done.status} {done.result.get('state')}: {done.message}")


def shortcomings(story: Story, stage: Stage, doubled: bool) -> Iterator[str]:
    """Say what the server lacks, or has too much, of what the layout declares.

    Args:
        story: says which DSM owns the disks in the end
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
        if dsm != dsm_of(stage, story.dsm, HOST) or not enough:
            yield f"LUN {naa} has {paths} working paths under {dsm}"
    if len(truth.disks) != LUNS:
        yield f"{len(truth.disks)} disks are there, and {LUNS} LUNs are presented"
    wanted = Policy.ROUND_ROBIN_WITH_SUBSET if story.dsm == "microsoft" else Policy.VENDOR_SPECIFIC
    if stage.policies(HOST) != {int(wanted)}:
        yield f"the policies of its disks are {stage.policies(HOST)}"
    service = stage.fleet.host(HOST).services.get("MSiSCSI")
    if service.start_mode != "Auto":
        yield f"the initiator's service starts {service.start_mode}"
    used = stage.fleet.host(HOST).snapshot().in_use
    if story.volumes and _has_offline_disks(stage) and len(used) != LUNS:
        yield f"volumes are mounted from {sorted(used)} only, so disks were left offline"
    if story.clustered and stage.truth(cluster.PARTNER).live != stage.declared(cluster.PARTNER):
        yield f"the other node of the cluster has sessions on {stage.truth(cluster.PARTNER).live} only"
