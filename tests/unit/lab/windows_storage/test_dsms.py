# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who gets a device: two DSMs that claim it, drivers that are disabled, entries that cover more than one id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.tests.lab.fabric.interface import LogicalUnit
from ansible_collections.eva.mpio.tests.lab.windows.features import MULTIPATH_IO, SERVICES_KEY
from ansible_collections.eva.mpio.tests.lab.windows.storage.claim_lists import (
    MPDEV_KEY,
    MPDEV_LIST,
    MSDSM_LIST,
    MSDSM_PARAMETERS_KEY,
)
from ansible_collections.eva.mpio.tests.lab.windows.storage.hardware_ids import ISCSI_BUS_TYPE_ID, PLACEHOLDER_ID
from ansible_collections.eva.mpio.tests.lab.windows.storage.layouts import NewDiskPolicy
from ansible_collections.eva.mpio.tests.lab.windows.storage.multipath_disk import VendorDsm

from .conftest import EVA_ID, Storage

HP = VendorDsm("HP DSM", (EVA_ID,), "hpeaadsm")
DISABLED = 4

Make = Callable[..., Storage]
Unit = Callable[..., LogicalUnit]


def with_hp(server: Storage) -> Storage:
    server.features.add_vendor_driver(HP.driver, HP.name)
    server.disks.install_vendor_dsm(HP)
    server.disks.boot()
    return server


def owners(server: Storage) -> list[tuple[str | None, int]]:
    return [(view.dsm, len(view.working_paths)) for view in server.disks.disk_views()]


@pytest.mark.parametrize("release", ["2003", "2012"])
@pytest.mark.parametrize(
    ("position", "expected"),
    [("vendor_first", ["HP DSM"]), ("microsoft_first", [None]), ("both", ["HP DSM", None])],
)
def test_two_dsms_that_claim_one_lun(
    make: Make, unit: Unit, release: str, position: str, expected: list[str | None]
) -> None:
    server = make(release, two_claimants=position)
    server.features.enable(MULTIPATH_IO)
    if release != "2003":
        server.disks.claim([EVA_ID])
    with_hp(server)
    server.login(1, unit())
    server.login(2, unit())
    own = server.disks.mpio.dsm.name
    assert owners(server) == [(name or own, 2) for name in expected]
    instances = [disk.instance_id for disk in server.disks.mpio.disks]
    assert len(set(instances)) == len(expected)
    server.disks.detach("s1")
    assert owners(server) == [(name or own, 1) for name in expected]


@pytest.mark.parametrize(("release", "driver"), [("2003", "msiscdsm"), ("2012r2", "msdsm")])
def test_a_disabled_driver_is_not_loaded_at_the_next_boot(make: Make, unit: Unit, release: str, driver: str) -> None:
    server = make(release)
    server.install()
    if release != "2003":
        server.disks.claim([EVA_ID])
    key = rf"{SERVICES_KEY}\{driver}"
    server.registry.set(key, "Start", DISABLED, "REG_DWORD")
    assert server.disks.registered_dsms() == (server.disks.mpio.dsm.name,)
    assert {item.name: item.start_mode for item in server.features.drivers()}[driver] == "Disabled"
    server.disks.boot()
    assert server.registry.get(key, "Start") == DISABLED
    assert (server.disks.registered_dsms(), server.disks.claims()) == ((), ())
    server.login(1, unit())
    assert owners(server) == [(None, 1)]
    server.registry.set(key, "Start", 0, "REG_DWORD")
    server.disks.boot()
    server.login(1, unit())
    assert owners(server) == [(server.disks.mpio.dsm.name, 1)]


def test_without_the_bus_no_dsm_registers(make: Make) -> None:
    server = make("2003")
    with_hp(server)
    assert server.disks.registered_dsms() == ("HP DSM",)
    server.registry.set(rf"{SERVICES_KEY}\mpio", "Start", DISABLED, "REG_DWORD")
    server.disks.boot()
    assert (server.disks.registered_dsms(), server.features.mpio_running) == ((), False)


def test_a_vendors_dsm_whose_driver_is_disabled(server: Storage, unit: Unit) -> None:
    with_hp(server)
    server.registry.set(rf"{SERVICES_KEY}\{HP.driver}", "Start", DISABLED, "REG_DWORD")
    assert ("HP DSM" in server.disks.registered_dsms(), (EVA_ID, "HP DSM") in server.disks.claims()) == (True, True)
    server.disks.boot()
    assert ("HP DSM" in server.disks.registered_dsms(), (EVA_ID, "HP DSM") in server.disks.claims()) == (False, False)
    server.login(1, unit())
    assert owners(server) == [("Microsoft DSM", 1)]


PREFIX = "HP      HSV"


@pytest.mark.parametrize(
    ("mpio", "msdsm", "claimed"),
    [
        ([PREFIX], [EVA_ID], (EVA_ID,)),
        ([EVA_ID], [PREFIX], (EVA_ID,)),
        ([PREFIX], [PREFIX], (PREFIX,)),
        ([ISCSI_BUS_TYPE_ID], [PREFIX], (PREFIX,)),
        ([EVA_ID], [ISCSI_BUS_TYPE_ID], (EVA_ID,)),
        ([ISCSI_BUS_TYPE_ID], [ISCSI_BUS_TYPE_ID], (ISCSI_BUS_TYPE_ID,)),
        ([PLACEHOLDER_ID], [ISCSI_BUS_TYPE_ID], ()),
        ([EVA_ID], ["HP HSV340"], ()),
    ],
)
def test_what_both_lists_cover(make: Make, mpio: list[str], msdsm: list[str], claimed: tuple[str, ...]) -> None:
    server = make()
    server.install()
    server.registry.set(MPDEV_KEY, MPDEV_LIST, mpio, "REG_MULTI_SZ")
    server.registry.set(MSDSM_PARAMETERS_KEY, MSDSM_LIST, msdsm, "REG_MULTI_SZ")
    server.disks.boot()
    assert server.disks.claims() == tuple((entry, "Microsoft DSM") for entry in claimed)
    assert server.disks.mpio.loaded_lists.cover(EVA_ID) is bool(claimed)


def test_one_id_does_not_take_a_wider_claim_back(server: Storage, unit: Unit) -> None:
    server.disks.claim([PREFIX, ISCSI_BUS_TYPE_ID])
    server.run(server.mpclaim, "-n", "-u", "-d", EVA_ID)
    server.disks.boot()
    server.login(1, unit())
    assert owners(server) == [("Microsoft DSM", 1)]
    server.run(server.mpclaim, "-n", "-u", "-a", " ")
    server.disks.boot()
    server.login(1, unit())
    assert (owners(server), server.disks.claims()) == ([(None, 1)], ())


@pytest.mark.parametrize("claim", [EVA_ID, ISCSI_BUS_TYPE_ID])
def test_a_path_over_fibre_channel(server: Storage, unit: Unit, claim: str) -> None:
    server.disks.unclaim([EVA_ID])
    server.disks.claim([claim])
    server.disks.connect_fibre_channel([replace(server.path(7, unit()), session_id="fibre-channel-1", iscsi=False)])
    server.disks.boot()
    over_both = claim == EVA_ID
    assert owners(server) == [("Microsoft DSM" if over_both else None, 1)]
    assert [row.properties["BusType"] for row in server.instances("MSFT_Disk")][1:] == [6]
    server.login(1, unit())
    assert owners(server) == ([("Microsoft DSM", 2)] if over_both else [("Microsoft DSM", 1), (None, 1)])


@pytest.mark.parametrize("new", [False, True])
def test_an_offline_disk_under_another_dsm(make: Make, unit: Unit, new: bool) -> None:
    server = make(disk_of_other_dsm_is_new=new)
    server.install()
    server.disks.claim([EVA_ID])
    server.disks.layouts.set_policy(NewDiskPolicy.ONLINE_ALL)
    server.login(1, unit())
    server.disks.offline(unit().naa)
    server.disks.boot()
    server.login(1, unit())
    assert server.disks.layouts.of(unit().naa).offline
    server.disks.unclaim([EVA_ID])
    with_hp(server)
    server.login(1, unit())
    assert owners(server) == [("HP DSM", 1)]
    assert server.disks.layouts.of(unit().naa).offline is not new


@pytest.mark.parametrize(("shown", "count"), [("without_paths", 1), ("absent", 0)])
def test_what_the_classes_say_of_a_vendors_disk(server: Storage, unit: Unit, shown: str, count: int) -> None:
    server.switches.vendor_policy_instance = shown  # type: ignore[assignment]
    server.switches.diskless_mpio_classes = "empty"
    server.disks.unclaim([EVA_ID])
    with_hp(server)
    server.login(1, unit())
    policies = [row.properties["LoadBalancePolicy"].properties for row in server.instances("DSM_QueryLBPolicy_V2")]  # type: ignore[union-attr]
    assert [(item["LoadBalancePolicy"], item["DSM_Paths"]) for item in policies] == [(7, None)] * count
    assert len(server.instances("MPIO_GET_DESCRIPTOR")) == 1


def test_a_lost_path_that_is_not_kept_is_not_asked_for(server: Storage, unit: Unit) -> None:
    server.switches.failed_paths_are_kept = False
    server.login(1, unit())
    server.login(2, unit())
    server.disks.fail("s1")
    row = server.instances("DSM_QueryLBPolicy_V2")[0]
    given = row.properties["LoadBalancePolicy"]
    given.properties["LoadBalancePolicy"] = 4  # type: ignore[union-attr]
    method = server.wmi("DSM_LB_Operations").methods["DsmSetLoadBalancePolicyALUA"]
    selectors = {"InstanceName": str(row.properties["InstanceName"])}
    assert method(selectors, {"LoadBalancePolicy": given}) == {"Status": 0}
    assert server.disks.mpio.disks[0].policy == 4


@pytest.mark.parametrize("kept", [True, False])
def test_the_id_of_a_lost_path_in_its_descriptor(server: Storage, unit: Unit, kept: bool) -> None:
    server.switches.failed_path_id_in_descriptor = kept
    server.login(1, unit())
    server.disks.fail("s1")
    devices = server.instances("MPIO_GET_DESCRIPTOR")[0].properties["PdoInformation"]
    assert [device.properties["PathIdentifier"] for device in devices] == [0x77030001 if kept else 0]  # type: ignore[union-attr]
