# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft's DSM before 2008 R2: the iSCSI DSM of 2003, the MSDSM and the mpclaim of 2008."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.features import MULTIPATH_IO, FeatureState
from ansible_collections.eva.mpio.tests.lab.windows.storage.multipath_disk import VendorDsm
from ansible_collections.eva.mpio.tests.lab.windows.storage.policies import PathState, Policy, TargetPortGroups
from ansible_collections.eva.mpio.tests.lab.windows.tools.mpclaim import texts
from ansible_collections.eva.mpio.tests.lab.windows.wmi import mpio
from ansible_collections.eva.mpio.tests.lab.winrm import wmixml
from ansible_collections.eva.mpio.tests.lab.winrm.interface import WmiFailure, WmiObject

from .conftest import EVA_ID, Storage, eva_lun

ISCSI_DSM = "Microsoft iSCSI DSM"
IDS = (0x77030001, 0x77030002)


def running(make: Callable[..., Storage], release: str, **switches: Any) -> Storage:
    """Return a server with MPIO running and one LUN over two paths."""
    server = make(release, **switches)
    server.install()
    if release != "2003":
        server.disks.claim([EVA_ID])
    server.login(1, eva_lun())
    server.login(2, eva_lun())
    return server


def policy(number: int, states: tuple[int, ...] = (1, 1), version: int = 1) -> dict[str, WmiObject]:
    paths = [
        WmiObject("MPIO_DSM_Path", {"DsmPathId": path_id, "Reserved": 0, "PathWeight": 0, "PrimaryPath": primary})
        for path_id, primary in zip(IDS, states, strict=True)
    ]
    values = {"Version": version, "LoadBalancePolicy": number, "DSMPathCount": 2, "Reserved": 0, "DSM_Paths": paths}
    return {"LoadBalancePolicy": WmiObject("DSM_Load_Balance_Policy", values)}


def set_policy(server: Storage, arguments: dict[str, Any], method: str = "DsmSetLoadBalancePolicy") -> Any:
    name = server.disks.mpio.disks[0].wmi_instance_name
    return server.wmi("DSM_LB_Operations").methods[method]({"InstanceName": name}, arguments)


def classes(server: Storage) -> set[str]:
    return {wmi_class.name for _unused, wmi_class in mpio.classes(server.disks)}


# 2003


def test_2003_claims_every_iscsi_lun_without_a_list(make: Callable[..., Storage]) -> None:
    server = running(make, "2003")
    assert server.disks.registered_dsms() == (ISCSI_DSM,)
    (disk,) = server.disks.disk_views()
    assert (disk.dsm, disk.working_paths) == (ISCSI_DSM, {"s1", "s2"})
    assert server.disks.claims() == (("MSFT2005iSCSIBusType_0x9", ISCSI_DSM),)
    assert not server.registry.exists(r"HKLM\SYSTEM\CurrentControlSet\Control\MPDEV")
    assert not server.mpclaim.present


def test_2003_takes_over_what_is_there_at_the_boot(make: Callable[..., Storage]) -> None:
    server = make("2003")
    server.login(1, eva_lun())
    server.features.enable(MULTIPATH_IO)
    assert [view.dsm for view in server.disks.disk_views()] == [None]
    server.disks.boot()
    server.login(1, eva_lun())
    assert [view.dsm for view in server.disks.disk_views()] == [ISCSI_DSM]


def test_2003_has_the_first_version_of_everything(make: Callable[..., Storage]) -> None:
    found = classes(running(make, "2003"))
    assert {"DSM_QueryLBPolicy", "DSM_LB_Operations", "MPIO_DSM_Path", "MPIO_DISK_INFO"} <= found
    assert not {name for name in found if name.endswith("_V2") or name.startswith("MSDSM_")}
    assert list(running(make, "2003").wmi("DSM_LB_Operations").methods) == ["DsmSetLoadBalancePolicy"]


def test_2003_takes_every_target_as_active_active(make: Callable[..., Storage]) -> None:
    server = make("2003")
    server.install()
    server.disks.set_target_port_groups(eva_lun().naa or "", TargetPortGroups(1, {2: PathState.ACTIVE_UNOPTIMIZED}))
    server.login(1, eva_lun(target_port_group=1, relative_target_port=11))
    server.login(2, eva_lun(target_port_group=2, relative_target_port=12))
    (disk,) = server.disks.mpio.disks
    assert (disk.asymmetric, disk.policy, disk.groups) == (False, Policy.ROUND_ROBIN, None)


@pytest.mark.parametrize(("number", "states"), [(1, (1, 0)), (2, (1, 1)), (3, (1, 0)), (4, (1, 1)), (5, (1, 1))])
def test_2003_takes_five_policies(make: Callable[..., Storage], number: int, states: tuple[int, int]) -> None:
    server = running(make, "2003")
    assert set_policy(server, policy(number, states)) == {"Status": 0}
    server.disks.boot()
    server.login(1, eva_lun())
    assert server.disks.mpio.disks[0].policy == number


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(policy(6), "87"), (policy(1), "87"), (policy(2, version=2), "50"), (policy(2, (1, 0)), "87")],
)
def test_2003_refuses(make: Callable[..., Storage], arguments: dict[str, Any], code: str) -> None:
    server = running(make, "2003")
    with pytest.raises(WmiFailure) as caught:
        set_policy(server, arguments)
    assert caught.value.extended == f"WDM specific return code: {code}"
    assert not server.disks.mpio.disks[0].explicit


def test_what_is_not_known_of_2003_is_a_switch(make: Callable[..., Storage]) -> None:
    server = running(
        make, "2003", iscsi_dsm_name="Microsoft DSM for iSCSI", iscsi_dsm_default_policy="fail_over_only",
        iscsi_dsm_has_least_queue_depth=False, iscsi_dsm_policies_outlive_boots=False,
    )  # fmt: skip
    assert server.disks.registered_dsms() == ("Microsoft DSM for iSCSI",)
    assert server.disks.mpio.disks[0].policy is Policy.FAIL_OVER_ONLY
    with pytest.raises(WmiFailure):
        set_policy(server, policy(4))
    set_policy(server, policy(2))
    server.disks.boot()
    server.login(1, eva_lun())
    assert server.disks.mpio.disks[0].policy is Policy.FAIL_OVER_ONLY


def test_a_vendors_dsm_brings_the_bus_to_2003_without_microsofts(make: Callable[..., Storage]) -> None:
    server = make("2003")
    server.disks.install_vendor_dsm(VendorDsm("HP MPIO Full Featured DSM", (EVA_ID,)))
    server.disks.boot()
    server.login(1, eva_lun(), eva_lun(2, product="OTHER"))
    assert server.disks.registered_dsms() == ("HP MPIO Full Featured DSM",)
    assert {view.dsm for view in server.disks.disk_views()} == {"HP MPIO Full Featured DSM", None}


# 2008


def test_2008_has_both_versions_and_no_defaults(make: Callable[..., Storage]) -> None:
    server = running(make, "2008")
    found = classes(server)
    assert {"DSM_QueryLBPolicy_V2", "MPIO_DSM_Path_V2", "DSM_QueryLBPolicy"} <= found
    assert not {name for name in found if name.startswith("MSDSM_")}
    assert {"MSDSM_DEFAULT_LOAD_BALANCE_POLICY"} <= classes(make("2008", default_policy_classes_on_2008=True))
    assert set_policy(server, policy(4)) == {"Status": 0}
    with pytest.raises(WmiFailure):
        set_policy(server, policy(6))
    assert set_policy(running(make, "2008", least_blocks_on_2008=True), policy(6)) == {"Status": 0}


@pytest.mark.parametrize("code", [0, 1])
def test_mpclaim_of_2008_brings_the_feature_in_and_says_nothing(make: Callable[..., Storage], code: int) -> None:
    server = make("2008", mpclaim_60_exit_code=code)
    server.login(1, eva_lun())
    assert server.mpclaim.present
    assert server.run(server.mpclaim, "-n", "-i", "-d", EVA_ID) == (code, "")
    assert server.features.state(MULTIPATH_IO) is FeatureState.ENABLE_PENDING
    server.disks.boot()
    server.login(1, eva_lun())
    assert [view.dsm for view in server.disks.disk_views()] == ["Microsoft DSM"]
    assert server.run(server.mpclaim, "-N", "-U", "-d", EVA_ID) == (code, "")
    server.disks.boot()
    assert server.features.state(MULTIPATH_IO) is FeatureState.DISABLED


@pytest.mark.parametrize(
    "argv",
    [(), ("-s", "-d"), ("-l", "-m", "2"), ("-e",), ("-n", "-i"), ("-n", "-i", "-d"), ("-n", "-i", "-a"),
     ("-n", "-i", "-x", EVA_ID), ("-n", "-d", EVA_ID)],
)  # fmt: skip
def test_mpclaim_of_2008_knows_nothing_else(make: Callable[..., Storage], argv: tuple[str, ...]) -> None:
    server = make("2008")
    assert server.run(server.mpclaim, *argv) == (0, texts.USAGE_60)
    assert server.features.state(MULTIPATH_IO) is FeatureState.DISABLED


def test_mpclaim_of_2008_reboots_when_told(make: Callable[..., Storage]) -> None:
    server = make("2008")
    reboots: list[str] = []
    server.features.restart = lambda: reboots.append("now")
    server.run(server.mpclaim, "-n", "-i", "-d", EVA_ID)
    assert not reboots
    server.run(server.mpclaim, "-r", "-i", "-a", "")
    assert not server.run(server.mpclaim, "-r", "-i", "-d", EVA_ID, elevated=False)[1].startswith(texts.USAGE_60)
    server.run(server.mpclaim, "-r", "-u", "-d", EVA_ID)
    assert reboots


# arguments over WS-Management

TREE = """<p:DsmSetLoadBalancePolicy_INPUT xmlns:p="urn:p" xmlns:q="urn:q" xmlns:r="urn:r"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><p:LoadBalancePolicy{policy_type}>
  <q:DSMPathCount>2</q:DSMPathCount>{first}{second}
  <q:LoadBalancePolicy>4</q:LoadBalancePolicy><q:Reserved>0</q:Reserved><q:Version>1</q:Version>
</p:LoadBalancePolicy></p:DsmSetLoadBalancePolicy_INPUT>"""
PATH = """<q:DSM_Paths{path_type}><r:DsmPathId>{path_id}</r:DsmPathId><r:PathWeight>0</r:PathWeight>
  <r:PrimaryPath>1</r:PrimaryPath><r:Reserved>0</r:Reserved></q:DSM_Paths>"""


@pytest.mark.parametrize("typed", [True, False])
def test_a_tree_of_embedded_objects_is_read_with_and_without_types(make: Callable[..., Storage], typed: bool) -> None:
    server = running(make, "2003")
    path_type = ' xsi:type="r:MPIO_DSM_Path_Type"' if typed else ""
    first, second = (PATH.format(path_type=path_type, path_id=path_id) for path_id in IDS)
    policy_type = ' xsi:type="q:DSM_Load_Balance_Policy_Type"' if typed else ""
    tree = ElementTree.fromstring(TREE.format(policy_type=policy_type, first=first, second=second))
    assert set_policy(server, dict(wmixml.read_properties(tree))) == {"Status": 0}
    assert server.disks.mpio.disks[0].policy is Policy.LEAST_QUEUE_DEPTH


def test_an_instance_of_cim_xml_is_no_embedded_object(make: Callable[..., Storage]) -> None:
    server = running(make, "2003")
    tree = ElementTree.fromstring(
        '<p:X_INPUT xmlns:p="urn:p"><p:LoadBalancePolicy><![CDATA[<INSTANCE CLASSNAME="DSM_Load_Balance_Policy"/>]]>'
        "</p:LoadBalancePolicy></p:X_INPUT>"
    )
    with pytest.raises(WmiFailure) as caught:
        set_policy(server, dict(wmixml.read_properties(tree)))
    assert caught.value.hresult == 2150858817


@pytest.mark.parametrize("refusal", ["fault", "status"])
def test_a_refusal_is_a_fault_or_a_status(make: Callable[..., Storage], refusal: str) -> None:
    server = running(make, "2008r2", policy_refusal=refusal)
    if refusal == "status":
        assert set_policy(server, policy(7)) == {"Status": 0xC000000D}
    else:
        with pytest.raises(WmiFailure):
            set_policy(server, policy(7))
