# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading Windows Server 2003, 2008 and 2008 R2."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    Cluster,
    ClusterNode,
    Feature,
    Known,
    PathState,
    Policy,
    Unknown,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.reader import read_operating_system
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import release_of
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows import answers, scenario, texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.hosts import (
    PLAIN,
    healthy,
    older,
    read,
    value,
)

ENABLED = Feature(enabled=True, present=True)
DISABLED = Feature(enabled=False, present=True)
SERVICING = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing"


def drivers(*names: str, state: str = "Running") -> t.Any:
    return [{"Name": name, "StartMode": "Boot", "State": state} for name in names]


def waiting(link: answers.FakeLink) -> None:
    """Let a change of features wait for a restart."""
    query = 'reg query "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing"'
    link.tools[query] = texts.printed("", f"{SERVICING}\\RebootPending")


@pytest.mark.parametrize(
    ("kind", "key", "core"),
    [("2003", "2003", False), ("2008", "2008", False), ("2008 core", "2008", True), ("2008r2", "2008r2", False)],
)
def test_each_release_is_read_whole(kind: str, key: str, core: bool) -> None:
    link = older(kind)
    system = read_operating_system(t.cast("t.Any", link))
    assert (release_of(system).key, system.core) == (key, core)
    host = read(link, *PLAIN, release=key)
    assert not [name for name in PLAIN if isinstance(getattr(host, name), Unknown)]
    assert host.traits == release_of(system).traits
    assert value(host.feature) == ENABLED
    assert link.requests <= 31
    assert len(link.asked) == len(set(link.asked)) + 1, "something but the operating system was asked twice"


@pytest.mark.parametrize("kind", ["2003", "2008", "2008r2"])
def test_disks_of_each_release(kind: str) -> None:
    expected = value(read(healthy(), "disks").disks)
    disks = value(read(older(kind), "disks", release=kind).disks)
    assert [(disk.wwn, disk.policy, disk.instance) for disk in disks] == [
        (disk.wwn, disk.policy, disk.instance) for disk in expected
    ]
    assert [[path.id for path in disk.paths] for disk in disks] == [
        [path.id for path in disk.paths] for disk in expected
    ]


def test_the_first_version_knows_active_paths_and_others() -> None:
    plain, subset, degraded = value(read(older("2003"), "disks", release="2003").disks)
    assert subset.policy is Policy.ROUND_ROBIN_WITH_SUBSET
    assert [path.state for path in subset.paths] == [PathState.ACTIVE_OPTIMIZED] * 2 + [PathState.STANDBY] * 2
    assert [path.weight for path in subset.paths] == [0, 5, 10, 15]
    assert {disk.alua for disk in (plain, subset, degraded)} == {False}
    assert {(path.preferred, path.target_port_group) for path in plain.paths} == {(None, None)}
    assert degraded.paths[1].state is PathState.FAILED
    assert degraded.paths[1].id == 0x77050001, "the descriptor still tells it"


@pytest.mark.parametrize("kind", ["2003", "2008"])
def test_a_vendors_disk_of_which_no_class_shows_a_policy(kind: str) -> None:
    for gone in (answers.fault(), None):
        link = older(kind)
        [info] = [dict(one) for one in link.classes["MPIO_DISK_INFO"]]  # type: ignore[union-attr]
        first, *others = info["DriveInfo"]
        info["DriveInfo"] = [{**first, "DsmName": "HP EVA DSM"}, *others]
        link.classes["MPIO_DISK_INFO"] = [info]
        [name] = (name for name in link.classes if name.startswith("DSM_QueryLB"))
        listed = t.cast("list[t.Any]", link.classes[name])
        link.classes[name] = gone or listed[1:]
        found = value(read(link, "disks", release=kind).disks)
        assert (found[0].policy, found[0].policy_unknown) == (Policy.VENDOR_SPECIFIC, None)
        assert {path.state for path in found[0].paths} == {None}
        assert [disk.policy is None and bool(disk.policy_unknown) for disk in found[1:]] == [gone is not None] * 2


@pytest.mark.parametrize("kind", ["2003", "2008"])
def test_without_a_tool_that_shows_disks_none_is_run(kind: str) -> None:
    link = older(kind)
    link.classes["MPIO_GET_DESCRIPTOR"] = answers.fault()
    disks = read(link, "disks", release=kind).disks
    assert isinstance(disks, Unknown)
    assert "no tool that shows MPIO disks" in disks.reason
    assert not link.shell_open


@pytest.mark.parametrize("kind", ["2003", "2008"])
def test_without_the_class_policies_are_unknown(kind: str) -> None:
    link = older(kind)
    link.classes = {name: answer for name, answer in link.classes.items() if not name.startswith("DSM_QueryLB")}
    disks = value(read(link, "disks", release=kind).disks)
    assert {disk.policy for disk in disks} == {None}
    assert all(len(disk.paths) == 4 for disk in disks)


def test_a_path_whose_id_windows_does_not_tell_is_still_a_path() -> None:
    link = older("2003")
    descriptor = t.cast("t.Any", scenario.descriptor(scenario.LUNS[2]))
    descriptor["PdoInformation"][1]["PathIdentifier"] = None
    link.classes["MPIO_GET_DESCRIPTOR"] = [descriptor, *(scenario.descriptor(lun) for lun in scenario.LUNS[:2])]
    degraded = value(read(link, "disks", release="2003").disks)[2]
    assert [path.id for path in degraded.paths] == [0x77050000, 0, 0x77050002, 0x77050003]
    assert degraded.paths[1].state is PathState.FAILED


def test_conditions_name_the_driver_of_the_release() -> None:
    link = older("2003")
    read(link, *PLAIN, release="2003")
    assert link.conditions["Win32_SystemDriver"] == "Name='mpio' or Name='msiscdsm' or Name like 'hp%dsm'"
    assert "Win32_OptionalFeature" not in link.asked
    assert "Win32_ServerFeature" not in link.asked
    assert not any(line.startswith(("dism", "mpclaim")) for line in link.asked)


# --- the feature, or what stands for it


@pytest.mark.parametrize(
    ("found", "feature"),
    [
        (drivers("mpio", "msiscdsm"), ENABLED),
        (drivers("MPIO", "MSISCDSM", state="Stopped"), ENABLED),  # before the restart
        (drivers("mpio"), DISABLED),  # a vendor's DSM brought it
        (drivers("msiscdsm"), DISABLED),
        ([], DISABLED),
    ],
)
def test_mpio_of_2003_is_its_drivers(found: t.Any, feature: Feature) -> None:
    link = older("2003")
    link.classes["Win32_SystemDriver"] = found
    assert value(read(link, "feature", release="2003").feature) == feature
    assert not link.shell_open


@pytest.mark.parametrize(
    ("listed", "found", "restart", "feature"),
    [
        (True, drivers("mpio"), False, ENABLED),
        (True, [], True, ENABLED),
        (False, [], False, DISABLED),
        (False, [], True, DISABLED),
        (False, drivers("mpio", "msdsm", state="Stopped"), True, ENABLED),  # installed, starts with the restart
        (False, drivers("mpio", "msdsm"), True, DISABLED),  # removed, runs until the restart
        (False, drivers("mpio", "msdsm", state="Stopped"), False, DISABLED),
    ],
)
def test_the_feature_of_2008(listed: bool, found: t.Any, restart: bool, feature: Feature) -> None:
    link = older("2008")
    link.classes["Win32_ServerFeature"] = [{"ID": 57}] if listed else []
    link.classes["Win32_SystemDriver"] = found
    if restart:
        waiting(link)
    assert value(read(link, "feature", release="2008").feature) == feature
    assert link.conditions["Win32_ServerFeature"] == "ID=57"


@pytest.mark.parametrize(("servicing", "feature"), [(True, ENABLED), (False, DISABLED)])
def test_without_a_driver_windows_must_say_that_features_wait(servicing: bool, feature: Feature) -> None:
    link = older("2008")
    link.classes.update({"Win32_ServerFeature": [], "Win32_SystemDriver": []})
    key = "HKEY_LOCAL_MACHINE\\SOFTWARE\\eva.mpio"
    note = "    MpioChangedInBoot    REG_SZ    2026-11-20T07:00:00.500000+00:00"
    link.tools[texts.MARKER] = texts.printed("", key, note)
    if servicing:
        waiting(link)
    assert value(read(link, "feature", release="2008").feature) == feature


def test_where_server_core_has_no_such_class_the_drivers_tell() -> None:
    link = older("2008 core")
    link.classes["Win32_ServerFeature"] = answers.fault()
    assert value(read(link, "feature", release="2008").feature) == ENABLED
    link = older("2008 core")
    link.classes.update({"Win32_ServerFeature": answers.fault(), "Win32_SystemDriver": answers.fault()})
    assert isinstance(read(link, "feature", release="2008").feature, Unknown)


@pytest.mark.parametrize(("state", "feature"), [("Stopped", ENABLED), ("Running", DISABLED)])
def test_where_dism_speaks_no_english_the_driver_tells(state: str, feature: Feature) -> None:
    link = older("2008r2")
    link.classes["Win32_OptionalFeature"] = [{"Name": "MultipathIo", "InstallState": 2}]
    link.classes["Win32_SystemDriver"] = drivers("mpio", "msdsm", state=state)
    link.tools["dism /online /english /get-featureinfo /featurename:MultipathIo"] = texts.printed("Error: 87", code=87)
    waiting(link)
    assert value(read(link, "feature", release="2008r2").feature) == feature


# --- whom a restart would hit


def processes(*handles: str) -> t.Any:
    return [{"Handle": handle} for handle in handles]


def test_users_with_a_desktop() -> None:
    link = healthy()
    link.classes["Win32_Process where Name='explorer.exe'"] = processes("1200", "1344")
    link.outputs["GetOwner"] = {"ReturnValue": 0, "User": "mueller", "Domain": "EXAMPLE"}
    assert value(read(link, "users").users) == ("EXAMPLE\\mueller",), "two desktops of one user"
    assert [keys for *_rest, keys in link.invoked] == [{"Handle": "1200"}, {"Handle": "1344"}]


@pytest.mark.parametrize(
    "answer", [answers.fault(), {"ReturnValue": 2, "User": None, "Domain": None}], ids=["refused", "not told"]
)
def test_a_user_without_a_name_is_somebody(answer: t.Any) -> None:
    link = healthy()
    link.classes["Win32_Process where Name='explorer.exe'"] = processes("1200")
    link.outputs["GetOwner"] = answer
    assert value(read(link, "users").users) == ("somebody (owner of process 1200)",)


def test_nobody_is_nobody_and_not_to_know_is_unknown() -> None:
    link = healthy()
    link.classes["Win32_Process where Name='explorer.exe'"] = []
    assert value(read(link, "users").users) == ()
    assert isinstance(read(healthy(), "users").users, Unknown)


def cluster(link: answers.FakeLink, state: str | None, groups: t.Any) -> t.Any:
    service = [] if state is None else [{"Name": "ClusSvc", "StartMode": "Auto", "State": state}]
    link.classes["Win32_Service"] = service
    link.classes["MSCluster_ResourceGroup"] = groups
    return value(read(link, "cluster").cluster)


@pytest.mark.parametrize("state", [None, "Stopped"])
def test_no_cluster(state: str | None) -> None:
    found = cluster(healthy(), state, answers.fault())
    assert found == Cluster(False, Known(()), Known(()), Known(()))


def test_the_groups_of_this_node() -> None:
    groups = [
        {"Name": "File Server", "OwnerNode": "srv01"},
        {"Name": "Cluster Group", "OwnerNode": "SRV02"},
        {"Name": None, "OwnerNode": "SRV01"},
    ]
    found = cluster(healthy(), "Running", groups)
    assert (found.member, found.groups) == (True, Known(("File Server", "a group without a name")))
    assert cluster(healthy(), "Running", groups[1:2]).groups == Known(())


def member(classes: dict[str, t.Any]) -> answers.FakeLink:
    link = healthy()
    link.classes["Win32_Service"] = [{"Name": "ClusSvc", "StartMode": "Auto", "State": "Running"}]
    link.classes.update({"MSCluster_ResourceGroup": [], **classes})
    return link


@pytest.mark.parametrize(
    ("number", "state"),
    [
        (0, "up"),
        (1, "down"),
        (2, "paused"),
        (3, "joining"),
        (-1, "unknown"),
        (4294967295, "unknown"),
        (None, "unknown"),
        (7, "unknown"),
    ],
)
def test_the_nodes_of_a_cluster(number: int | None, state: str) -> None:
    link = member({"MSCluster_Node": [{"Name": "SRV01", "State": 0}, {"Name": "SRV02", "State": number}]})
    nodes = value(value(read(link, "cluster").cluster).nodes)
    assert nodes == (ClusterNode("SRV01", "up"), ClusterNode("SRV02", state))


def test_the_disks_of_this_node() -> None:
    disks = [{"Name": "Cluster Disk 1", "OwnerNode": "srv01"}, {"Name": "Quorum", "OwnerNode": "SRV02"}]
    link = member({"MSCluster_Resource": disks})
    assert value(value(read(link, "cluster").cluster).disks) == ("Cluster Disk 1",)
    assert link.conditions["MSCluster_Resource"] == "Type='Physical Disk'"


def pair(node: str, owned: str | None) -> dict[str, t.Any]:
    part = None if owned is None else answers.Reference({"Name": owned})
    return {"GroupComponent": answers.Reference({"Name": node}), "PartComponent": part}


def test_where_owners_are_not_told_what_joins_them_to_nodes_tells() -> None:
    link = member(
        {
            "MSCluster_ResourceGroup": [{"Name": "File Server"}, {"Name": "Cluster Group"}],
            "MSCluster_NodeToActiveGroup": [pair("srv01", "file server"), pair("SRV02", "Cluster Group")],
            "MSCluster_Resource": [{"Name": "Disk F:"}, {"Name": "Disk Q:"}],
            "MSCluster_NodeToActiveResource": [pair("SRV01", "Disk F:"), pair("SRV01", "IP"), pair("SRV02", "Disk Q:")],
        }
    )
    found = value(read(link, "cluster").cluster)
    assert (found.groups, found.disks) == (Known(("File Server",)), Known(("Disk F:",)))


@pytest.mark.parametrize("pairs", [[], [pair("SRV01", None)], answers.fault()])
def test_owners_that_nothing_tells_are_unknown(pairs: t.Any) -> None:
    link = member({"MSCluster_ResourceGroup": [{"Name": "File Server"}], "MSCluster_NodeToActiveGroup": pairs})
    assert isinstance(value(read(link, "cluster").cluster).groups, Unknown)


@pytest.mark.parametrize(
    ("part", "name", "answer"),
    [
        ("nodes", "MSCluster_Node", answers.fault()),
        ("nodes", "MSCluster_Node", []),
        ("nodes", "MSCluster_Node", [{"Name": None, "State": 0}]),
        ("disks", "MSCluster_Resource", answers.fault()),
        ("disks", "MSCluster_Resource", [{"Name": "Cluster Disk 1", "OwnerNode": None}]),
    ],
)
def test_what_the_cluster_does_not_tell_is_unknown(part: str, name: str, answer: t.Any) -> None:
    found = value(read(member({name: answer}), "cluster").cluster)
    assert isinstance(getattr(found, part), Unknown)
    assert found.groups == Known(())


def test_a_host_that_is_no_member_is_asked_nothing_of_a_cluster() -> None:
    link = healthy()
    assert not value(read(link, "cluster").cluster).member
    assert not any(name.startswith("MSCluster") for name in link.asked)


@pytest.mark.parametrize("groups", [[{"Name": "File Server"}], answers.fault()])
def test_groups_that_nobody_tells_are_unknown(groups: t.Any) -> None:
    found = cluster(healthy(), "Start Pending", groups)
    assert found.member
    assert isinstance(found.groups, Unknown)


def test_two_services_are_one_question() -> None:
    link = healthy()
    service = {"StartMode": "Auto", "State": "Running"}
    link.classes["Win32_Service"] = [{"Name": "ClusSvc", **service}, {"Name": "MSiSCSI", **service}]
    link.classes["MSCluster_ResourceGroup"] = []
    host = read(link, "initiator_service", "cluster")
    assert value(host.initiator_service).name == "MSiSCSI"
    assert value(host.cluster).member
