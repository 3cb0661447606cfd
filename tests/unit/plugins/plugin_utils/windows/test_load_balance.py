# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Setting policies where no tool can: the object, the script, and which of the two."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import DiskPath, Host, Known, MpioDisk, PathState, Policy
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.actions import (
    Action,
    Announced,
    CannotRender,
    InvokeMethod,
    InvokeOrRun,
    RunCommand,
    RunScript,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.reader import unread
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import BY_KEY
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.rendering import render
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.ways import Ways
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows import scenario
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.hosts import PLAIN, older, read

WHY = "because of the test"
AO, AU, STANDBY, FAILED = (
    PathState.ACTIVE_OPTIMIZED,
    PathState.ACTIVE_UNOPTIMIZED,
    PathState.STANDBY,
    PathState.FAILED,
)
PLAIN_LUN, ALUA_LUN, DEGRADED_LUN = scenario.LUNS
IDS = [0x77050000, 0x77050001, 0x77050002, 0x77050003]


def host_of(kind: str) -> Host:
    return read(older(kind), *PLAIN, release=kind)


@pytest.fixture(scope="module")
def hosts() -> dict[str, Host]:
    return {kind: host_of(kind) for kind in ("2003", "2008", "2008r2")}


def set_policy(
    host: Host,
    wwn: str | None,
    policy: Policy | None,
    calls: str = "wsman",
    paths: tuple[steps.PathSetting, ...] = (),
) -> Action:
    step = steps.SetPolicy(wwn, policy, paths, reason=WHY)
    return render(step, host, BY_KEY[host.traits.release], Ways(method_calls=calls))


def called(action: Action) -> tuple[str, dict[str, t.Any], list[dict[str, t.Any]]]:
    """Return the method of a call, the object it takes, and the paths in that."""
    assert isinstance(action, InvokeMethod)
    [policy] = t.cast("list[t.Any]", list(action.arguments.values()))
    paths = [dict(path.properties) for path in policy.properties["DSM_Paths"]]
    return action.method, dict(policy.properties), paths


def with_paths(host: Host, wwn: str, **changes: t.Any) -> Host:
    assert isinstance(host.disks, Known)
    disks = [
        dataclasses.replace(disk, **changes) if disk.wwn == wwn else disk for disk in t.cast("t.Any", host.disks.value)
    ]
    return dataclasses.replace(host, disks=Known(tuple(disks)))


def paths_of(host: Host, wwn: str) -> tuple[DiskPath, ...]:
    assert isinstance(host.disks, Known)
    disks: tuple[MpioDisk, ...] = host.disks.value
    return next(disk.paths for disk in disks if disk.wwn == wwn)


def in_states(host: Host, wwn: str, *states: PathState | None) -> Host:
    paths = paths_of(host, wwn)
    return with_paths(
        host,
        wwn,
        paths=tuple(dataclasses.replace(path, state=state) for path, state in zip(paths, states, strict=True)),
    )


# --- 2003: the first version


@pytest.mark.parametrize(
    "policy", [Policy.ROUND_ROBIN, Policy.ROUND_ROBIN_WITH_SUBSET, Policy.LEAST_QUEUE_DEPTH, Policy.WEIGHTED_PATHS]
)
def test_every_path_is_named_and_active(hosts: dict[str, Host], policy: Policy) -> None:
    method, members, paths = called(set_policy(hosts["2003"], DEGRADED_LUN.wwn, policy))
    assert method == "DsmSetLoadBalancePolicy"
    assert list(members) == ["Version", "LoadBalancePolicy", "DSMPathCount", "Reserved", "DSM_Paths"]
    assert (members["Version"], members["LoadBalancePolicy"], members["DSMPathCount"]) == (1, policy.value, 4)
    assert [path["DsmPathId"] for path in paths] == IDS, "the failed one by its real id"
    assert [path["PrimaryPath"] for path in paths] == [1, 1, 1, 1]
    # A failed path tells no weight.
    assert [path["PathWeight"] for path in paths] == [0, 0, 10, 15]
    assert {tuple(path) for path in paths} == {("DsmPathId", "Reserved", "PathWeight", "PrimaryPath")}


def test_l_20_fail_over_only_has_one_active_path(hosts: dict[str, Host]) -> None:
    active = steps.PathSetting(IDS[2], AO, preferred=True)
    _method, members, paths = called(set_policy(hosts["2003"], PLAIN_LUN.wwn, Policy.FAILOVER_ONLY, paths=(active,)))
    assert members["LoadBalancePolicy"] == 1
    assert [path["PrimaryPath"] for path in paths] == [0, 0, 1, 0], "whatever was active before is demoted"


def test_fail_over_only_waits_for_a_path_that_works(hosts: dict[str, Host]) -> None:
    action = set_policy(hosts["2003"], PLAIN_LUN.wwn, Policy.FAILOVER_ONLY)
    assert isinstance(action, Announced)
    assert "with a path that works" in action.missing


def test_weights_and_states_are_those_of_the_step(hosts: dict[str, Host]) -> None:
    given = (steps.PathSetting(IDS[1], STANDBY), steps.PathSetting(IDS[3], AO, 25))
    host = hosts["2003"]
    _method, _members, paths = called(set_policy(host, DEGRADED_LUN.wwn, Policy.WEIGHTED_PATHS, paths=given))
    assert [(path["PrimaryPath"], path["PathWeight"]) for path in paths] == [(1, 0), (0, 0), (1, 10), (1, 25)]


@pytest.mark.parametrize(("kind", "method"), [("2003", "DsmSetLoadBalancePolicy"), ("2008", "DsmSetLoadBalancePolicy")])
def test_policy_0_takes_the_own_one_away(hosts: dict[str, Host], kind: str, method: str) -> None:
    called_method, members, paths = called(set_policy(hosts[kind], PLAIN_LUN.wwn, None))
    assert (called_method, members["LoadBalancePolicy"], members["DSMPathCount"], len(paths)) == (method, 0, 4, 4)
    script = set_policy(hosts[kind], PLAIN_LUN.wwn, None, "script")
    assert "DsmSetLoadBalancePolicy 0 1996816384:0:1:1:0" in script.text


def test_policy_0_asks_for_no_id(hosts: dict[str, Host]) -> None:
    """It is checked before any path is looked at (Windows driver sample msdsm)."""
    first, *rest = paths_of(hosts["2003"], PLAIN_LUN.wwn)
    host = with_paths(hosts["2003"], PLAIN_LUN.wwn, paths=(dataclasses.replace(first, id=0), *rest))
    assert called(set_policy(host, PLAIN_LUN.wwn, None))[1]["LoadBalancePolicy"] == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"paths": ()}, "id of every path"),
        ({"instance": ""}, "id of every path"),
    ],
)
def test_what_the_dsm_wants_to_be_told_must_be_known(
    hosts: dict[str, Host], changes: dict[str, t.Any], sentence: str
) -> None:
    host = with_paths(hosts["2003"], PLAIN_LUN.wwn, **changes)
    with pytest.raises(CannotRender, match=sentence):
        set_policy(host, PLAIN_LUN.wwn, Policy.ROUND_ROBIN)


@pytest.mark.parametrize(("identifier", "sentence"), [(0, "bring its failed paths back first"), (IDS[1], "same id")])
def test_an_id_that_is_unknown_or_not_unique_is_refused(hosts: dict[str, Host], identifier: int, sentence: str) -> None:
    first, *rest = paths_of(hosts["2003"], PLAIN_LUN.wwn)
    host = with_paths(hosts["2003"], PLAIN_LUN.wwn, paths=(dataclasses.replace(first, id=identifier), *rest))
    with pytest.raises(CannotRender, match=sentence):
        set_policy(host, PLAIN_LUN.wwn, Policy.ROUND_ROBIN)


@pytest.mark.parametrize("kind", ["2003", "2008"])
@pytest.mark.parametrize(
    ("policy", "sentence"),
    [(Policy.LEAST_BLOCKS, "has no policy least_blocks; it has failover_only"), (Policy.VENDOR_SPECIFIC, "vendor")],
)
def test_a_policy_that_the_dsm_lacks_is_refused(
    hosts: dict[str, Host], kind: str, policy: Policy, sentence: str
) -> None:
    with pytest.raises(CannotRender, match=sentence):
        set_policy(hosts[kind], PLAIN_LUN.wwn, policy)


# --- 2008: by the paths


def test_2008_takes_the_first_version_without_asymmetric_access(hosts: dict[str, Host]) -> None:
    method, members, _paths = called(set_policy(hosts["2008"], PLAIN_LUN.wwn, Policy.LEAST_QUEUE_DEPTH))
    assert (method, members["Version"]) == ("DsmSetLoadBalancePolicy", 1)


@pytest.mark.parametrize(
    ("preferred", "method"), [(True, "DsmSetLoadBalancePolicyALUA"), (False, "DsmSetLoadBalancePolicy")]
)
def test_2008_can_prefer_a_path_by_the_second_version_only(
    hosts: dict[str, Host], preferred: bool, method: str
) -> None:
    given = (steps.PathSetting(IDS[0], AO, preferred=preferred),)
    action = set_policy(hosts["2008"], PLAIN_LUN.wwn, Policy.FAILOVER_ONLY, paths=given)
    assert called(action)[0] == method


@pytest.mark.parametrize("policy", [Policy.ROUND_ROBIN_WITH_SUBSET, Policy.WEIGHTED_PATHS])
def test_2008_takes_the_second_version_with_it(hosts: dict[str, Host], policy: Policy) -> None:
    method, members, paths = called(set_policy(hosts["2008"], ALUA_LUN.wwn, policy))
    assert (method, members["Version"], members["DSMPathCount"]) == ("DsmSetLoadBalancePolicyALUA", 2, 4)
    assert [(path["PrimaryPath"], path["OptimizedPath"]) for path in paths] == [(1, 1), (1, 1), (1, 0), (1, 0)]
    assert [path["PreferredPath"] for path in paths] == [0, 0, 0, 0]
    assert len(paths[0]) == 15
    assert not any(value is None for path in paths for value in path.values()), "a driver takes no NULL"


def test_round_robin_becomes_the_one_with_subset_as_with_the_tool(hosts: dict[str, Host]) -> None:
    assert called(set_policy(hosts["2008"], ALUA_LUN.wwn, Policy.ROUND_ROBIN))[1]["LoadBalancePolicy"] == 3
    assert called(set_policy(hosts["2008"], PLAIN_LUN.wwn, Policy.ROUND_ROBIN))[1]["LoadBalancePolicy"] == 2


def test_a_failed_path_gets_the_state_of_its_group(hosts: dict[str, Host]) -> None:
    host = in_states(hosts["2008"], ALUA_LUN.wwn, AO, STANDBY, FAILED, AU)
    _method, _members, paths = called(set_policy(host, ALUA_LUN.wwn, Policy.ROUND_ROBIN_WITH_SUBSET))
    assert [(path["PrimaryPath"], path["OptimizedPath"]) for path in paths] == [(1, 1), (1, 1), (1, 0), (1, 0)]


@pytest.mark.parametrize("told", [True, False])
def test_what_fail_over_only_made_of_paths_is_no_state_of_their_groups(hosts: dict[str, Host], told: bool) -> None:
    """Where groups tell no state themselves, the best of their paths is theirs."""
    host = in_states(hosts["2008"], ALUA_LUN.wwn, AO, STANDBY, STANDBY, STANDBY)
    if not told:
        paths = paths_of(host, ALUA_LUN.wwn)
        unknown = tuple(dataclasses.replace(path, target_port_group_state=None) for path in paths)
        host = with_paths(host, ALUA_LUN.wwn, paths=unknown)
    _method, _members, named = called(set_policy(host, ALUA_LUN.wwn, Policy.ROUND_ROBIN_WITH_SUBSET))
    others = (1, 0) if told else (0, 1)
    assert [(path["PrimaryPath"], path["OptimizedPath"]) for path in named] == [(1, 1), (1, 1), others, others]


def test_fail_over_only_prefers_its_path_in_the_second_version(hosts: dict[str, Host]) -> None:
    first = paths_of(hosts["2008"], ALUA_LUN.wwn)[0]
    given = (steps.PathSetting(first.id, AO, preferred=True),)
    _method, _members, paths = called(set_policy(hosts["2008"], ALUA_LUN.wwn, Policy.FAILOVER_ONLY, paths=given))
    flags = [(path["PrimaryPath"], path["OptimizedPath"], path["PreferredPath"]) for path in paths]
    assert flags == [(1, 1, 1), (0, 1, 0), (0, 1, 0), (0, 1, 0)]


@pytest.mark.parametrize("kind", ["2003", "2008"])
@pytest.mark.parametrize("hardware_id", [None, "HP      HSV340          "])
def test_l_24_defaults_have_no_command_there(hosts: dict[str, Host], kind: str, hardware_id: str | None) -> None:
    step = steps.SetDefaultPolicy(hardware_id, Policy.ROUND_ROBIN, reason=WHY)
    with pytest.raises(CannotRender, match="is known to set default policies"):
        render(step, hosts[kind], BY_KEY[kind], Ways())


# --- which way


@pytest.mark.parametrize(("calls", "kind"), [("wsman", InvokeMethod), ("script", RunScript), ("auto", InvokeOrRun)])
def test_the_switch_says_which_way(hosts: dict[str, Host], calls: str, kind: type) -> None:
    action = set_policy(hosts["2003"], PLAIN_LUN.wwn, Policy.ROUND_ROBIN, calls)
    assert isinstance(action, kind)


def test_plans_show_both_ways(hosts: dict[str, Host]) -> None:
    action = set_policy(hosts["2003"], PLAIN_LUN.wwn, Policy.ROUND_ROBIN, "auto")
    call, script = action.text.split(", or, if WinRM refuses its argument: ")
    paths = (
        "{DsmPathId: 1996816384, PrimaryPath: 1}, {DsmPathId: 1996816385, PathWeight: 5, PrimaryPath: 1}, "
        "{DsmPathId: 1996816386, PathWeight: 10, PrimaryPath: 1}, {DsmPathId: 2265317377, PathWeight: 15, "
        "PrimaryPath: 1}"
    )
    assert call == (
        f"DSM_LB_Operations[InstanceName={PLAIN_LUN.instance}].DsmSetLoadBalancePolicy(LoadBalancePolicy={{Version: 1, "
        f"LoadBalancePolicy: 2, DSMPathCount: 4, DSM_Paths: [{paths}]}})"
    )
    escaped = PLAIN_LUN.instance.replace("\\", "\\\\")
    assert script == (
        f"cscript //nologo set_policy.vbs DSM_LB_Operations.InstanceName='{escaped}' DsmSetLoadBalancePolicy 2 "
        "1996816384:0:1:1:0 1996816385:5:1:1:0 1996816386:10:1:1:0 2265317377:15:1:1:0"
    )
    assert action.text == set_policy(hosts["2003"], PLAIN_LUN.wwn, Policy.ROUND_ROBIN, "auto").text


@pytest.mark.parametrize("calls", ["auto", "wsman", "script"])
def test_where_a_tool_can_it_does(hosts: dict[str, Host], calls: str) -> None:
    action = set_policy(hosts["2008r2"], PLAIN_LUN.wwn, Policy.LEAST_BLOCKS, calls)
    assert isinstance(action, RunCommand)
    assert action.text == "mpclaim -l -d 2 6"


@pytest.mark.parametrize(
    ("kind", "wwn", "text"),
    [
        ("2003", None, "DSM_LB_Operations[<MPIO disk of each LUN that appears>].DsmSetLoadBalancePolicy(policy 2)"),
        ("2003", "6005", "DSM_LB_Operations[<MPIO disk of LUN 6005>].DsmSetLoadBalancePolicy(policy 2)"),
        ("2008", "6005", "DSM_LB_Operations[<MPIO disk of LUN 6005>].<by its paths>(policy 2)"),
    ],
)
def test_a_lun_that_is_not_there_yet(hosts: dict[str, Host], kind: str, wwn: str | None, text: str) -> None:
    host = dataclasses.replace(unread(hosts[kind].os), traits=hosts[kind].traits)
    action = set_policy(host, wwn, Policy.ROUND_ROBIN, "auto")
    assert isinstance(action, Announced)
    assert action.text == text
