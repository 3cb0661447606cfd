# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleet files: what they mean, and what is said about a wrong one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.lab import spec_file
from ansible_collections.eva.mpio.tests.lab.fabric.interface import PortalAddress
from ansible_collections.eva.mpio.tests.lab.spec import HostSpec
from ansible_collections.eva.mpio.tests.lab.windows.applications import ServiceSpec
from ansible_collections.eva.mpio.tests.lab.windows.cluster import ClusterSpec
from ansible_collections.eva.mpio.tests.lab.windows.initiator_package import PackageSpec, default_path
from ansible_collections.eva.mpio.tests.lab.windows.storage.layouts import NewDiskPolicy

FLEETS = sorted((Path(spec_file.__file__).parent / "fleets").glob("*.yml"))
DEMO = next(path for path in FLEETS if path.stem == "demo")


def fleet(**changes: Any) -> dict[str, Any]:
    return {
        "arrays": [{"name": "eva01", "model": "P6300", "ports": [{"address": "10.10.1.21", "controller": "A"}]}],
        "hosts": [{"name": "win1", "nics": ["10.10.1.11/24"]}],
        **changes,
    }


def faults(**changes: Any) -> tuple[str, ...]:
    with pytest.raises(spec_file.SpecError) as caught:
        spec_file.parse(fleet(**changes))
    return caught.value.sentences


@pytest.mark.parametrize("path", FLEETS, ids=lambda path: path.stem)
def test_the_files_that_come_with_the_lab_are_right(path: Path) -> None:
    assert spec_file.load(path).hosts


def test_the_demo_fleet() -> None:
    spec = spec_file.load(DEMO)
    array = spec.arrays[0]
    assert (array.product, [port.controller for port in array.ports]) == ("HSV340", ["A", "A", "B", "B"])
    assert [(host.release, host.presented, len(host.luns)) for host in spec.hosts] == [
        ("2003", True, 3),
        ("2008", True, 3),
        ("2008r2", False, 3),
        ("2012r2", True, 3),
        ("2022", True, 3),
    ]
    assert spec.hosts[0].package == PackageSpec(default_path("x64"), ("service", "initiator", "mpio"))
    assert [host.package for host in spec.hosts[1:]] == [None] * 4
    assert spec.isolated == ("10.10.1.0/24", "10.10.2.0/24")
    assert spec.paths(spec.hosts[0], array) == {
        ("10.10.1.11", PortalAddress("10.10.1.21")),
        ("10.10.1.11", PortalAddress("10.10.1.22")),
        ("10.10.2.11", PortalAddress("10.10.2.21")),
        ("10.10.2.11", PortalAddress("10.10.2.22")),
    }


def test_who_has_the_disks_when_the_lab_begins() -> None:
    kit, connected = {"dsm_package": {"installed": True}}, {"connected": ["eva01"]}
    for more, first in ((kit, "microsoft"), (connected, "microsoft"), ({**kit, **connected}, "hp")):
        spec = spec_file.parse(fleet(hosts=[{"name": "win1", "nics": ["10.10.1.11/24"], **more}]))
        assert spec.hosts[0].first_dsm(spec.dsm) == first


def test_hps_dsm_needs_a_kit() -> None:
    (fault,) = faults(dsm="hp")
    assert fault.startswith("server win1 is to end up with HP's DSM and has no dsm_package")
    host = {"name": "win1", "nics": ["10.10.1.11/24"]}
    assert faults(hosts=[{**host, "dsm": "hp"}]) == (fault,)
    assert spec_file.parse(fleet(dsm="hp", hosts=[{**host, "dsm": "microsoft"}])).dsm == "hp"
    assert spec_file.parse(fleet(dsm="hp", defaults={"dsm_package": {}})).hosts[0].dsm_package is not None


def test_fabrics_join_what_no_subnet_does() -> None:
    spec = spec_file.parse(
        fleet(
            arrays=[
                {
                    "name": "eva01",
                    "model": "P6300",
                    "ports": [
                        {"address": "10.10.1.21", "controller": "A", "fabric": "red"},
                        {"address": "10.10.1.22", "controller": "B", "fabric": "blue"},
                    ],
                }
            ],
            hosts=[{"name": "win1", "nics": [{"address": "10.20.1.11/24", "fabric": "red"}]}],
        )
    )
    assert spec.paths(spec.hosts[0], spec.arrays[0]) == {("10.20.1.11", PortalAddress("10.10.1.21"))}


def test_one_entry_makes_many_servers() -> None:
    hosts = spec_file.parse(
        fleet(hosts=[{"name": "win{n}", "count": 50, "luns": 2, "nics": ["10.10.1.100/24", "10.10.2.100/24"]}])
    ).hosts
    assert len({host.node_name for host in hosts}) == 50
    assert [nic.address for nic in hosts[49].nics] == ["10.10.1.149", "10.10.2.149"]
    assert [(lun.lun, lun.vdisk) for lun in hosts[49].luns] == [(1, "win50-1"), (2, "win50-2")]


def test_luns_of_ones_own_become_virtual_disks() -> None:
    spec = spec_file.parse(fleet(vdisk_mib=8, hosts=[{"name": "win1", "luns": 3, "nics": ["10.10.1.11/24"]}]))
    assert [(each.name, each.mib, each.owner) for each in spec.arrays[0].vdisks] == [
        ("win1-1", 8, "A"),
        ("win1-2", 8, "B"),
        ("win1-3", 8, "A"),
    ]


def test_a_named_virtual_disk_may_be_shared() -> None:
    arrays = fleet()["arrays"]
    arrays[0]["vdisks"] = ["cluster1"]
    hosts = [{"name": f"win{n}", "luns": {7: "cluster1"}, "nics": [f"10.10.1.{n}/24"]} for n in (1, 2)]
    spec = spec_file.parse(fleet(arrays=arrays, hosts=hosts))
    assert [host.luns[0].lun for host in spec.hosts] == [7, 7]
    assert [each.name for each in spec.arrays[0].vdisks] == ["cluster1"]


def test_defaults_reach_every_server() -> None:
    spec = spec_file.parse(
        fleet(
            defaults={"password": "another one", "winrm": {"transport": "basic"}, "switches": {"device_delay": 2.0}},
            hosts=[{"name": "win1", "nics": ["10.10.1.11/24"], "password": "its own"}],
        )
    )
    host = spec.hosts[0]
    assert (host.password, host.winrm.transport, host.switches) == ("its own", "basic", {"device_delay": 2.0})


def one_host(**host: Any) -> HostSpec:
    return spec_file.parse(fleet(hosts=[{"name": "win1", "nics": ["10.10.1.11/24"], **host}])).hosts[0]


def test_what_tells_one_edition_from_another() -> None:
    host = one_host(release=2008, architecture="x86", core=True, language="ja", winrm={"stack": "1.1"})
    assert (host.release, host.architecture, host.core, host.language) == ("2008", "x86", True, "ja")
    assert host.winrm.stack == "1.1"
    plain = one_host()
    assert (plain.architecture, plain.core, plain.language, plain.winrm.stack) == ("x64", False, "en", None)


def test_what_somebody_brought_to_a_server_of_2003() -> None:
    assert one_host(release="2003").package is None
    assert one_host(release="2003", architecture="x86", initiator_package={}).package == PackageSpec(
        default_path("x86"), ("service", "initiator")
    )
    given = {"path": "\\\\server\\share\\iscsi.exe", "installs": ["mpio"], "installed": True}
    package = one_host(release="2003", initiator_package=given).package
    assert package == PackageSpec("\\\\server\\share\\iscsi.exe", ("mpio",), True)
    assert package.on_share


def test_users_and_clusters() -> None:
    host = one_host(logged_on=["smith", "CORP\\meier"], cluster={"groups": ["SQL"], "others": ["node2"]})
    assert host.logged_on == ("smith", "CORP\\meier")
    assert host.cluster == ClusterSpec("CLUSTER1", ("SQL",), ("node2",))


@pytest.mark.parametrize(
    ("host", "place", "sentence"),
    [
        ({"release": "2003", "core": True}, "release", "no Server Core of 2003"),
        ({"architecture": "x86"}, "release", "no x86 edition of 2012r2"),
        ({"initiator_package": {}}, "initiator_package", "is part of Windows Server 2012r2"),
        ({"release": "2003", "initiator_package": {"installs": ["iscsi"]}}, "installs[1]", "must be one of service"),
        ({"language": "fr"}, "language", "must be one of"),
        ({"winrm": {"stack": "1.1"}}, "winrm.stack", "has no WinRM 1.1"),
        ({"winrm": {"transport": "telepathy"}}, "winrm.transport", "must be one of"),
        ({"logged_on": "smith"}, "logged_on", "must be a list"),
        ({"logged_on": [7]}, "logged_on[1]", "must be a text"),
        ({"cluster": {"groups_elsewhere": ["SQL"]}}, "cluster.groups_elsewhere", "needs another node"),
    ],
)
def test_faults_of_a_server(host: dict[str, Any], place: str, sentence: str) -> None:
    told = faults(hosts=[{"name": "win1", "nics": ["10.10.1.11/24"], **host}])
    assert any(place in each.split(": ")[0] and sentence in each for each in told), told


def test_secrets_do_not_show() -> None:
    hosts = [
        {
            "name": "win1",
            "nics": ["10.10.1.11/24"],
            "password": "very-private-1",
            "chap": {"secret": "very-private-2", "mutual_name": "eva01", "mutual_secret": "very-private-3"},
        }
    ]
    assert "very-private" not in repr(spec_file.parse(fleet(hosts=hosts)))


def test_all_faults_are_told_at_once() -> None:
    told = faults(
        arrays=[{"name": "eva01", "model": "EVA3000", "ports": [{"address": "10.10.1"}], "colour": "beige"}],
        hosts=[
            "win1",
            {"name": "win2", "release": "2000", "nics": ["10.10.1.11"], "luns": "many", "switches": {"mood": "good"}},
        ],
        fabric="wool",
    )
    places = [sentence.split(":")[0] for sentence in told]
    assert sorted(places) == [
        "arrays[1].colour",
        "arrays[1].model",
        "arrays[1].ports[1].address",
        "arrays[1].ports[1].controller",
        "fabric",
        "hosts[1]",
        "hosts[2].luns",
        "hosts[2].nics[1].address",
        "hosts[2].release",
        "hosts[2].switches.mood",
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"hosts": [{"name": "win", "count": 2, "nics": ["10.10.1.11/24"]}]}, "must contain {n} for 2 servers"),
        ({"hosts": [{"name": "w{n}", "count": 9, "nics": ["10.10.1.250/24"]}]}, "fewer addresses in the subnet"),
        ({"hosts": [{"name": "win1", "nics": ["10.99.1.11/24"]}]}, "win1 has no subnet or fabric in common with array"),
        ({"hosts": [{"name": n, "nics": ["10.10.1.11/24"]} for n in "ab"]}, "NIC address 10.10.1.11 is there more"),
        ({"hosts": [{"name": n, "nics": [f"10.10.1.{i}/24"]} for n, i in (("a", 1), ("A", 2))]}, "the name a is there"),
        ({"hosts": [{"name": "a", "nics": ["10.10.1.1/24"], "luns": {1: "data"}}]}, "no array has a virtual disk"),
        ({"hosts": []}, "must have at least one item"),
        ({"second": -1}, "must be a time in seconds"),
        ({"hosts": [{"name": "a", "nics": [{"address": "10.10.1.1/24", "fabric": "red"}]}]}, "for all NICs and ports"),
        (
            {"hosts": [{"name": "a", "nics": ["10.10.1.1/24"], "chap": {"secret": "x" * 12, "mutual_name": "eva"}}]},
            "belong together",
        ),
    ],
)
def test_a_fault_is_told_in_a_sentence(changes: dict[str, Any], expected: str) -> None:
    told = faults(**changes)
    assert any(expected in sentence for sentence in told), told


def test_a_file_that_is_no_mapping() -> None:
    with pytest.raises(spec_file.SpecError, match="expected a mapping"):
        spec_file.parse(["win1"])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(spec_file.SpecError, match="cannot be read"):
        spec_file.load(tmp_path / "none.yml")


def test_what_an_array_does_with_secrets_and_digests() -> None:
    (plain,) = spec_file.parse(fleet()).arrays
    assert (plain.learns_initiators, plain.chap_on_discovery, plain.digests) == (False, True, ("header", "data"))
    array = {**fleet()["arrays"][0], "learns_initiators": True, "chap_on_discovery": False, "digests": []}
    (other,) = spec_file.parse(fleet(arrays=[array])).arrays
    assert (other.learns_initiators, other.chap_on_discovery, other.digests) == (True, False, ())
    assert faults(arrays=[{**array, "digests": ["md5"]}]) == (
        "arrays[1].digests[1]: must be one of header, data, not 'md5'",
    )


def test_volumes_applications_and_addresses_of_a_cluster() -> None:
    given = {
        "name": "win{n}",
        "count": 2,
        "nics": ["10.10.1.11/24"],
        "luns": 2,
        "volumes": {"E": 1},
        "services": ["Plain", {"name": "DB", "depends_on": ["MSiSCSI"], "needs": ["E"]}],
        "new_disk_policy": "offline_all",
        "cluster": {"groups": ["SQL"], "addresses": [{"group": "SQL", "address": "10.10.1.99/24"}]},
    }
    first, second = spec_file.parse(fleet(hosts=[given])).hosts
    assert (first.volumes, second.volumes) == ({"E": "win1-1"}, {"E": "win2-1"})
    assert first.services == (ServiceSpec("Plain"), ServiceSpec("DB", ("MSiSCSI",), ("E",)))
    assert first.new_disk_policy is NewDiskPolicy.OFFLINE_ALL
    assert first.cluster is not None
    assert first.cluster.addresses == (("SQL", "10.10.1.99/24"),)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"volumes": {"C": 1}}, "hosts[1].volumes.C: is no drive letter from D to Z"),
        ({"volumes": {"E": 3}}, "hosts[1].volumes.E: must be one LUN number or virtual disk of this server, not 3"),
        ({"services": [{"needs": ["E"]}]}, "hosts[1].services[1].name: is missing"),
    ],
)
def test_a_wrong_volume_or_application_is_named(given: dict[str, Any], expected: str) -> None:
    assert faults(hosts=[{"name": "win1", "nics": ["10.10.1.11/24"], "luns": 1, **given}]) == (expected,)
