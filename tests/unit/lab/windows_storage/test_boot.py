# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What waits for a reboot, and what a reboot changes."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.storage.multipath_disk import VendorDsm


def dsms(server) -> list:
    return sorted((view.dsm or "", len(view.working_paths)) for view in server.disks.disk_views())


@pytest.mark.parametrize(
    ("needs", "at_once", "later"),
    [
        ("never", [("Microsoft DSM", 1)], [("Microsoft DSM", 2)]),
        ("visible", [("", 1)], [("", 1), ("Microsoft DSM", 1)]),
        ("always", [("", 1)], [("", 1), ("", 1)]),
    ],
)
def test_a_claim_reaches_devices_as_the_switch_says(make, unit, eva_id, needs, at_once, later) -> None:
    server = make(claim_needs_reboot=needs)
    server.install()
    server.login(1, unit())
    assert server.run(server.mpclaim, "-n", "-i", "-d", eva_id)[0] == 0
    assert dsms(server) == at_once
    server.login(2, unit())
    assert dsms(server) == later
    server.disks.boot()
    assert dsms(server) == []
    server.login(1, unit())
    server.login(2, unit())
    assert dsms(server) == [("Microsoft DSM", 2)]


def test_without_a_claim_each_session_has_its_own_disk(make, unit) -> None:
    server = make()
    server.install()
    server.login(1, unit())
    server.login(2, unit())
    assert dsms(server) == [("", 1), ("", 1)]
    numbers = [server.disks.session_devices(session)[0].device_number for session in ("s1", "s2")]
    assert sorted(numbers) == [1, 2]


def test_a_disk_in_use_is_not_taken_from_its_user(make, unit, eva_id) -> None:
    server = make(claim_needs_reboot="never", mpclaim_reboot_exit_code=3010)
    server.install()
    server.login(1, unit(1), unit(2))
    server.disks.in_use.add(unit(1).naa.upper())
    assert server.run(server.mpclaim, "-n", "-i", "-d", eva_id)[0] == 3010
    assert dsms(server) == [("", 1), ("Microsoft DSM", 1)]
    server.disks.in_use.clear()
    assert server.run(server.mpclaim, "-n", "-u", "-d", eva_id)[0] == 0
    assert dsms(server) == [("", 1), ("", 1)]


def test_the_reboot_switch_restarts_only_when_something_waits(server, unit, eva_id) -> None:
    restarts: list[int] = []
    server.features.restart = lambda: restarts.append(1)
    server.run(server.mpclaim, "-r", "-i", "-d", eva_id)
    assert restarts == []
    server.login(1, unit())
    server.run(server.mpclaim, "-r", "-u", "-d", eva_id)
    assert restarts == [1]


def test_numbers_and_order_change_with_the_boot_and_the_seed_repeats_them(make, unit, eva_id) -> None:
    def history(seed: int) -> list[tuple]:
        server = make(disk_order_seed=seed)
        server.install()
        server.disks.claim([eva_id])
        seen = []
        for _unused in range(6):
            server.disks.boot()
            units = [unit(lun) for lun in range(1, 5)]
            for session in (1, 2, 3):
                server.login(session, *units)
            numbers = tuple(server.disks.mpio.disk_of(one).number for one in units)
            first = server.disks.mpio.disk_of(units[0])
            order = tuple(path.path_id for path in server.disks.mpio.paths_in_order(first))
            assert sorted(numbers) == [0, 1, 2, 3]
            seen.append((numbers, order))
        return seen

    assert history(1) == history(1)
    assert history(1) != history(2)
    assert len({numbers for numbers, _unused in history(1)}) > 1
    assert len({order for _unused, order in history(1)}) > 1


def test_mpio_numbers_are_not_drive_numbers(server, unit) -> None:
    server.login(1, unit(1, vendor="OTHER"), unit(2))
    plain, claimed = server.disks.plain_disks()[0], server.disks.mpio.disks[0]
    assert claimed.number == 0
    assert {plain.drive_number, claimed.drive_number} == {1, 2}


def test_a_failed_session_comes_back_and_a_logout_removes(server, unit) -> None:
    server.login(1, unit())
    server.login(2, unit())
    server.disks.fail("s1")
    assert [view.working_paths for view in server.disks.disk_views()] == [{"s2"}]
    server.disks.restore("s1")
    assert [view.working_paths for view in server.disks.disk_views()] == [{"s1", "s2"}]
    server.disks.detach("s1")
    server.disks.detach("s2")
    assert server.disks.disk_views() == ()
    changes = [facts["change"] for kind, facts in server.events if kind == "state" and facts["subject"] == "disks"]
    assert changes == ["attached", "attached", "failed", "restored", "detached", "detached"]


def test_busy_means_the_last_path_of_a_disk_in_use(server, unit) -> None:
    server.login(1, unit())
    server.disks.in_use.add(unit().naa)
    assert server.disks.busy("s1")
    server.login(2, unit())
    assert not server.disks.busy("s1")
    server.disks.fail("s2")
    assert server.disks.busy("s1")
    assert not server.disks.busy("s3")


def test_of_a_lun_seen_twice_the_first_disk_is_the_open_one(make, unit) -> None:
    server = make()
    server.login(1, unit())
    server.login(2, unit())
    server.disks.in_use.add(unit().naa)
    assert server.disks.busy("s1")
    assert not server.disks.busy("s2")


def test_the_controller_lu_is_no_disk(make, unit, eva_id) -> None:
    controller = unit(0, device_type=0x0C, naa=None)
    server = make(controller_lu_in_session_devices=False)
    server.login(1, controller, unit())
    assert [device.address.lun for device in server.disks.session_devices("s1")] == [1]
    assert len(server.disks.disk_views()) == 1
    shown = make(controller_lu_in_session_devices=True)
    shown.login(1, controller, unit())
    assert [device.device_type for device in shown.disks.session_devices("s1")] == [4, 7]


def test_session_devices_name_the_mpio_disk_on_every_path(server, unit) -> None:
    server.login(1, unit())
    server.login(2, unit())
    first, second = (server.disks.session_devices(session)[0] for session in ("s1", "s2"))
    assert first.address != second.address
    assert (first.device_number, first.legacy_name) == (1, r"\\.\PhysicalDrive1")
    assert second.device_number == 1
    assert first.interface_name.startswith(r"\\?\mpio#disk&ven_hp&prod_hsv340&rev_1100#1&7f6ac24&0&")
    assert first.interface_name == second.interface_name


def test_a_rescan_with_another_lun_at_the_address_replaces_it(server, unit) -> None:
    server.login(1, unit(1))
    server.login(1, unit(1, naa="600143800024240b00005000aaaa0000"))
    assert [view.naa for view in server.disks.disk_views()] == ["600143800024240b00005000aaaa0000"]


def test_a_lun_taken_back_leaves_the_others_alone(server, unit) -> None:
    server.login(1, unit(1), unit(2), unit(3, vendor="OTHER"))
    server.login(2, unit(1), unit(2), unit(3, vendor="OTHER"))
    kept = {disk.identity: disk.number for disk in server.disks.mpio.disks}
    server.disks.withdraw("s1", {2, 3})
    assert dsms(server) == [("", 1), ("Microsoft DSM", 1), ("Microsoft DSM", 2)]
    server.disks.withdraw("s2", {2, 3})
    assert dsms(server) == [("Microsoft DSM", 2)]
    assert server.disks.mpio.disks[0].number == kept[unit(1).naa]


def test_a_vendor_dsm_takes_over_at_the_boot(server, unit, eva_id) -> None:
    server.disks.install_vendor_dsm(VendorDsm("Example DSM", (eva_id,)))
    assert server.disks.registered_dsms() == ("Microsoft DSM",)
    server.disks.boot()
    assert server.disks.registered_dsms() == ("Example DSM", "Microsoft DSM")
    server.login(1, unit())
    assert dsms(server) == [("Example DSM", 1)]
    assert server.run(server.mpclaim, "-l", "-d", "0", "2")[0] == 50
    server.disks.remove_vendor_dsm("Example DSM")
    server.disks.boot()
    server.login(1, unit())
    assert dsms(server) == [("Microsoft DSM", 1)]


def test_timers_in_the_registry_wait_for_the_boot(server) -> None:
    key = r"HKLM\SYSTEM\CurrentControlSet\Services\mpio\Parameters"
    server.registry.set(key, "PDORemovePeriod", 130, "REG_DWORD")
    assert server.disks.mpio.timers.values["PDORemovePeriod"] == 20
    server.disks.boot()
    assert server.disks.mpio.timers.values["PDORemovePeriod"] == 130
