# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""MultipathIo from absent to running and back, by dism."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.features import MULTIPATH_IO, REBOOT_PENDING_KEY
from ansible_collections.eva.mpio.tests.lab.windows.storage.multipath_disk import VendorDsm

ENABLE = ("/online", "/enable-feature", "/featurename:MultipathIo", "/norestart")
DISABLE = ("/Online", "/Disable-Feature", "/FeatureName:multipathio", "/NoRestart")
CLAIMS = r"HKLM\SYSTEM\CurrentControlSet\Control\MPDEV"
SERVICE = r"HKLM\SYSTEM\CurrentControlSet\Services\mpio"


def optional_feature(server) -> int:
    rows = {row.properties["Name"]: row.properties["InstallState"] for row in server.instances("Win32_OptionalFeature")}
    return rows["MultipathIo"]


def server_features(server) -> set:
    return {row.properties["ID"] for row in server.instances("Win32_ServerFeature")}


def drivers(server) -> dict:
    return {driver.name: (driver.start_mode, driver.state) for driver in server.features.drivers()}


def test_nothing_of_mpio_is_there_before(make) -> None:
    server = make()
    assert (optional_feature(server), 57 in server_features(server), drivers(server)) == (2, False, {})
    assert not server.mpclaim.present
    assert not server.registry.exists(SERVICE)


def test_enabling_waits_for_a_reboot(make) -> None:
    server = make()
    code, text = server.run(server.dism, *ENABLE)
    assert code == 3010
    assert "The operation completed successfully." in text
    assert drivers(server) == {"mpio": ("Boot", "Stopped"), "msdsm": ("Boot", "Stopped")}
    assert server.registry.exists(REBOOT_PENDING_KEY)
    assert server.disks.registered_dsms() == ()
    assert server.run(server.dism, *ENABLE)[0] == 3010
    server.disks.boot()
    assert drivers(server) == {"mpio": ("Boot", "Running"), "msdsm": ("Boot", "Running")}
    assert not server.registry.exists(REBOOT_PENDING_KEY)
    assert server.disks.registered_dsms() == ("Microsoft DSM",)
    assert server.run(server.dism, *ENABLE)[0] == 0
    assert (optional_feature(server), 57 in server_features(server)) == (1, True)


def test_enabling_may_do_without_a_reboot(make, unit, eva_id) -> None:
    server = make(feature_needs_reboot=False)
    server.login(1, unit())
    assert server.run(server.dism, *ENABLE)[0] == 0
    assert drivers(server)["mpio"] == ("Boot", "Running")
    assert not server.features.reboot_pending
    server.run(server.mpclaim, "-n", "-i", "-d", eva_id)
    server.login(2, unit())
    assert sorted(view.dsm or "" for view in server.disks.disk_views()) == ["", "Microsoft DSM"]


@pytest.mark.parametrize("state", [1, 2, 4])
def test_the_install_state_of_a_pending_feature_is_a_switch(make, state) -> None:
    server = make(install_state_while_pending=state)
    server.run(server.dism, *ENABLE)
    assert optional_feature(server) == state
    assert (
        "State : Enable Pending"
        in server.run(server.dism, "/online", "/get-featureinfo", "/featurename:MultipathIo", "/english")[1]
    )


def test_the_files_may_wait_too(make) -> None:
    server = make(feature_files_wait_for_reboot=True)
    server.run(server.dism, *ENABLE)
    assert not server.mpclaim.present
    assert not server.registry.exists(SERVICE)
    server.disks.boot()
    assert server.mpclaim.present
    assert server.registry.exists(SERVICE)


def test_a_claim_made_while_pending_works_after_the_boot(make, unit, eva_id) -> None:
    server = make()
    server.run(server.dism, *ENABLE)
    assert server.run(server.mpclaim, "-n", "-i", "-d", eva_id)[0] == 0
    assert server.disks.claims() == ((eva_id, "Microsoft DSM"),)
    server.login(1, unit())
    assert [view.dsm for view in server.disks.disk_views()] == [None]
    server.disks.boot()
    server.login(1, unit())
    assert [view.dsm for view in server.disks.disk_views()] == ["Microsoft DSM"]


def test_disabling_keeps_the_loaded_drivers_until_the_boot(server, unit) -> None:
    server.login(1, unit())
    assert server.run(server.dism, *DISABLE)[0] == 3010
    assert server.disks.registered_dsms() == ("Microsoft DSM",)
    server.disks.boot()
    server.login(1, unit())
    assert [view.dsm for view in server.disks.disk_views()] == [None]
    assert (optional_feature(server), drivers(server), server.mpclaim.present) == (2, {}, False)
    assert server.run(server.dism, *DISABLE)[0] == 0


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("/online", "/enable-feature", "/featurename:Multipath-IO"), 0x800F080C),
        (("/online", "/enable-feature"), 87),
        (("/enable-feature", "/featurename:MultipathIo"), 87),
        (("/online", "/enable-feature", "/featurename:MultipathIo", "/quick"), 87),
        (("/online", "/enable-feature", "/disable-feature", "/featurename:MultipathIo"), 87),
        (("/online", "/get-features"), 0),
        (("/?",), 0),
    ],
)
def test_dism_answers_mistakes(make, argv, code) -> None:
    server = make()
    assert server.run(server.dism, *argv)[0] == code
    assert not server.features.installed


def test_dism_wants_an_elevated_caller(make) -> None:
    server = make()
    assert server.run(server.dism, *ENABLE, elevated=False)[0] == 740
    assert not server.features.installed


@pytest.mark.parametrize(
    ("extra", "stdin", "restarts"), [((), b"y\r\n", 1), ((), b"n\r\n", 0), ((), b"", 0), (("/quiet",), b"", 1)]
)
def test_dism_without_norestart_asks_and_when_quiet_restarts(make, extra, stdin, restarts) -> None:
    server = make()
    done: list[int] = []
    server.features.restart = lambda: done.append(1)
    code, _unused = server.run(server.dism, *ENABLE[:-1], *extra, stdin=stdin)
    assert (code, len(done)) == (3010, restarts)


def test_the_version_of_dism_is_that_of_windows(make) -> None:
    assert "Version: 6.2.9200." in make("2012").run(make("2012").dism, "/?")[1]


@pytest.mark.parametrize(("release", "dsm"), [("2003", "msiscdsm"), ("2008", "msdsm"), ("2008r2", "msdsm")])
def test_the_drivers_of_the_older_releases(make, release, dsm) -> None:
    server = make(release)
    assert server.features.enable(MULTIPATH_IO)
    assert drivers(server) == {"mpio": ("Boot", "Stopped"), dsm: ("Boot", "Stopped")}
    # The component store and the claim lists came with Vista.
    assert server.registry.exists(REBOOT_PENDING_KEY) is (release != "2003")
    assert (server.registry.get(CLAIMS, "MPIOSupportedDeviceList") is None) is (release == "2003")
    server.disks.boot()
    assert drivers(server) == {"mpio": ("Boot", "Running"), dsm: ("Boot", "Running")}
    assert not server.features.enable(MULTIPATH_IO)


def test_2003_always_waits_for_a_reboot(make) -> None:
    server = make("2003", feature_needs_reboot=False, feature_files_wait_for_reboot=True)
    assert server.features.enable(MULTIPATH_IO)
    assert drivers(server)["mpio"] == ("Boot", "Stopped")


def test_a_vendors_kit_brings_the_bus_alone_on_2003(make) -> None:
    server = make("2003")
    server.disks.mpio.install_vendor_dsm(VendorDsm("HP MPIO Full Featured DSM for EVA", ("HP      HSV",)))
    assert drivers(server) == {"mpio": ("Boot", "Stopped")}
    server.disks.boot()
    assert drivers(server) == {"mpio": ("Boot", "Running")}
    assert server.disks.registered_dsms() == ("HP MPIO Full Featured DSM for EVA",)
    assert server.features.enable(MULTIPATH_IO)
    server.disks.boot()
    assert server.disks.registered_dsms() == ("HP MPIO Full Featured DSM for EVA", "Microsoft iSCSI DSM")


def test_dism_is_missing_before_2008_r2(make) -> None:
    assert [make(release).dism.present for release in ("2003", "2008", "2008r2")] == [False, False, True]
