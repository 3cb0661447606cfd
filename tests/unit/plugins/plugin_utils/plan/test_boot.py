# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What brings volumes and services back in time after a boot."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Cluster, Known, NewDiskPolicy
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.boot import plan_boot, plan_volumes
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import WantedInitiator
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Finding, Item, Planned
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.steps import (
    BindVolumes,
    RefreshTargets,
    SetServiceDependencies,
    covers,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import converged
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import SERVER_2003, Truth

NODE = Cluster(member=True, groups=Known(()))


def lines(items: Iterable[Item]) -> list[str]:
    return [item.step.summary if isinstance(item, Planned) else _finding(item) for item in items]


def _finding(item: Item) -> str:
    assert isinstance(item, Finding)
    return f"{item.severity.value} {item}"


def boot(truth: Truth, **wish: object) -> list[str]:
    return lines(plan_boot(WantedInitiator(**wish), truth.host()))  # type: ignore[arg-type]


def volumes(truth: Truth, bind: bool = True) -> list[str]:
    return lines(plan_volumes(WantedInitiator(bind_volumes=bind), truth.host(), ()))


def with_volumes(*letters: str, bound: tuple[str, ...] = ()) -> Truth:
    """A host with these drive letters on LUNs of the array, and a local disk."""
    truth = converged(bound=bound)
    truth.volumes = {letter: lun.wwn for letter, lun in zip(letters, truth.arrays[0].luns, strict=False)}
    return truth


# ---- bound volumes


@pytest.mark.parametrize(
    ("letters", "bound", "expected"),
    [
        (("E:", "F:"), (), ["volumes E:, F:: bind to the iSCSI initiator"]),
        (("E:", "F:"), ("E:\\",), ["volumes E:, F:: bind to the iSCSI initiator"]),
        (("E:", "F:"), ("e:\\", "F:"), []),
        (("E:",), ("E:", "G:"), ["volumes E:: bind to the iSCSI initiator"]),
        ((), (), []),
        ((), ("G:",), []),
        (("E:",), ("\\\\?\\mpio#disk&ven_hp#1",), []),
        (("E:", "F:"), ("\\\\?\\mpio#disk&ven_hp#1",), ["volumes E:, F:: bind to the iSCSI initiator"]),
    ],
    ids=["none-bound", "one-new", "all-bound", "one-gone", "none", "only-gone", "as-devices", "fewer-devices"],
)
def test_volumes_of_iscsi_disks_are_bound(
    letters: tuple[str, ...], bound: tuple[str, ...], expected: list[str]
) -> None:
    assert volumes(with_volumes(*letters, bound=bound)) == expected


def test_nothing_is_bound_that_nobody_asked_for() -> None:
    assert volumes(with_volumes("E:"), bind=False) == []


def test_a_volume_that_is_away_with_its_path_is_not_forgotten() -> None:
    truth = with_volumes("E:", bound=("E:", "F:"))
    truth.sessions.pop()
    (text,) = volumes(truth)
    assert text.startswith("note bound volumes: F: is bound and not mounted now, while stored logins")


def test_a_new_volume_is_bound_while_a_path_is_away() -> None:
    truth = with_volumes("E:", "F:", bound=("E:",))
    truth.sessions.pop()
    assert volumes(truth) == ["volumes E:, F:: bind to the iSCSI initiator"]


def test_a_volume_on_a_local_disk_is_not_counted() -> None:
    truth = with_volumes("E:", bound=("E:",))
    truth.volumes["D:"] = "a local disk"
    assert volumes(truth) == []


@pytest.mark.parametrize("part", ["volumes", "sessions", "logins", "initiator"])
def test_unknown_parts_bind_nothing(part: str) -> None:
    truth = with_volumes("E:")
    truth.hidden = frozenset({part})
    (text,) = volumes(truth)
    assert text.startswith("problem bound volumes: it could not be read")


def test_the_reason_names_what_is_missing_and_what_is_gone() -> None:
    (item,) = plan_volumes(WantedInitiator(bind_volumes=True), with_volumes("E:", bound=("G:",)).host(), ())
    assert isinstance(item, Planned)
    assert isinstance(item.step, BindVolumes)
    assert "E: would come after" in item.step.reason
    assert "G: is bound and gone" in item.step.reason
    assert item.step.was == "G:"


def test_it_is_announced_while_steps_are_still_to_be_taken() -> None:
    wanted = WantedInitiator(bind_volumes=True)
    (item,) = plan_volumes(wanted, with_volumes("E:").host(), [RefreshTargets(reason="")])
    assert isinstance(item, Planned)
    assert (item.after, item.fallback) == ("the disks are there", True)
    assert covers(item.step, BindVolumes(("E:",), reason=""))


# ---- services


def test_a_service_gets_the_initiators_besides_its_own_dependencies() -> None:
    truth = converged(services={"MSSQLSERVER": ("RPCSS", "+TDI"), "Spooler": ()})
    wanted = WantedInitiator(dependent_services=("mssqlserver", "Spooler"))
    steps = [item.step for item in plan_boot(wanted, truth.host()) if isinstance(item, Planned)]
    assert steps == [
        SetServiceDependencies("mssqlserver", ("RPCSS", "+TDI", "MSiSCSI"), reason=""),
        SetServiceDependencies("Spooler", ("MSiSCSI",), reason=""),
    ]
    assert [step.was for step in steps] == ["depends on RPCSS, +TDI", "depends on nothing"]


def test_a_service_that_depends_on_it_already_is_left_alone() -> None:
    truth = converged(services={"MSSQLSERVER": ("msiscsi",)})
    assert boot(truth, dependent_services=("MSSQLSERVER",)) == []


def test_a_service_that_is_not_there_is_refused() -> None:
    truth = converged(services={"MSSQLSERVER": None})
    (text,) = boot(truth, dependent_services=("MSSQLSERVER",))
    assert text.startswith("refusal service MSSQLSERVER: there is no such service on this host")


def test_what_was_not_read_of_a_service_is_no_empty_list() -> None:
    (text,) = boot(converged(), dependent_services=("MSSQLSERVER",))
    assert text.startswith("problem service MSSQLSERVER: it could not be read")
    (text,) = boot(converged(hidden=frozenset({"dependencies"})), dependent_services=("MSSQLSERVER",))
    assert "dependencies cannot be read here" in text


# ---- new disks on a cluster's node

OFFLINE = "policy for new disks: shared disks offline"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (None, [OFFLINE]),
        (NewDiskPolicy.ONLINE_ALL, [OFFLINE]),
        (NewDiskPolicy.OFFLINE_INTERNAL, [OFFLINE]),
        (NewDiskPolicy.OFFLINE_SHARED, []),
        (NewDiskPolicy.OFFLINE_ALL, []),
    ],
)
def test_shared_disks_come_up_offline_on_a_node(policy: NewDiskPolicy | None, expected: list[str]) -> None:
    assert boot(converged(cluster=NODE, new_disk_policy=policy), cluster_disks_offline=True) == expected
    assert boot(converged(cluster=NODE, new_disk_policy=policy)) == []


@pytest.mark.parametrize(
    ("truth", "text"),
    [
        (converged(), "this host is no node of a failover cluster"),
        (converged(cluster=NODE, traits=SERVER_2003), "Windows has no policy for new disks"),
    ],
    ids=["standalone", "2003"],
)
def test_other_hosts_are_left_as_they_are(truth: Truth, text: str) -> None:
    (note,) = boot(truth, cluster_disks_offline=True)
    assert note.startswith(f"note policy for new disks: {text}")


@pytest.mark.parametrize("part", ["cluster", "new_disk_policy"])
def test_unknown_parts_set_no_policy(part: str) -> None:
    (text,) = boot(converged(cluster=NODE, hidden=frozenset({part})), cluster_disks_offline=True)
    assert text.startswith("problem policy for new disks: it could not be read")
