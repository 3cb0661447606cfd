# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The array's own rules, its disks, and the addresses of a lab."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.tests.lab.events import EventLog
from ansible_collections.eva.mpio.tests.lab.fabric.addresses import AddressBook, parse_portal_group, portal_text
from ansible_collections.eva.mpio.tests.lab.fabric.array import MAX_PORTS, Array
from ansible_collections.eva.mpio.tests.lab.fabric.interface import Chap, PortalAddress
from ansible_collections.eva.mpio.tests.lab.fabric.network import Network
from ansible_collections.eva.mpio.tests.lab.fabric.scsi import CheckCondition

HOST = "iqn.1991-05.com.microsoft:host1.lab"


@pytest.fixture
def array() -> Array:
    return Array("eva01", EventLog())


def test_made_up_names_are_unique_and_well_formed(array: Array) -> None:
    other = Array("eva02", EventLog(), serial="other", product="HSV300")
    disks = [made.add_vdisk(f"v{n}", 1) for made in (array, other) for n in range(3)]
    assert len({disk.naa for disk in disks}) == len({disk.serial for disk in disks}) == 6
    assert {disk.naa[:8] for disk in disks} == {"60014380", "600508b4"}
    assert all(len(bytes.fromhex(disk.naa)) == 16 for disk in disks)
    ports = [made.add_port(f"10.0.0.{n}", "A") for made in (array, other) for n in range(1, 3)]
    assert len({port.target_name for port in ports}) == 4


def test_presentations_are_guarded(array: Array) -> None:
    first, second = array.add_vdisk("first", 1), array.add_vdisk("second", 1)
    array.present(first, HOST, 1)
    array.present(first, HOST, 1)
    for lun, message in ((0, "cannot be LUN 0"), (256, "LUN 1 to 255"), (1, "is first already")):
        with pytest.raises(ValueError, match=message):
            array.present(second, HOST, lun)
    array.unpresent(HOST, 1)
    with pytest.raises(ValueError, match="presents no LUN 1"):
        array.unpresent(HOST, 1)
    assert array.presented_to(HOST) == {}


def test_bad_input_is_refused(array: Array) -> None:
    for wrong in (
        lambda: array.add_port("10.0.0.1", "C"),
        lambda: array.add_port("not an address", "A"),
        lambda: array.add_vdisk("v", 1, owner="C"),
        lambda: array.controller_down("C"),
        lambda: array.ownership.move(array.add_vdisk("v", 1), "C"),
        lambda: array.set_chap(HOST, None, Chap("eva01", b"target-12345")),
        lambda: Array("eva02", EventLog(), discovery_scope="fabric"),
        lambda: Network(EventLog(), [array], ["10.0.0.0/24"]).subnet_down("10.0.1.0/24"),
    ):
        with pytest.raises(ValueError, match=r"\S"):
            wrong()
    for number in range(MAX_PORTS):
        array.add_port(f"10.0.0.{number}", "A")
    with pytest.raises(ValueError, match="more than 32"):
        array.add_port("10.0.1.0", "A")


def test_two_arrays_cannot_share_a_portal(array: Array) -> None:
    other = Array("eva02", EventLog())
    array.add_port("fd00::1", "A")
    other.add_port("FD00:0::1", "A")
    with pytest.raises(ValueError, match=r"two target ports have the portal \[fd00::1\]:3260"):
        Network(EventLog(), [array, other])


def test_a_disk_is_sparse_and_ends_where_it_ends(array: Array) -> None:
    disk = array.add_vdisk("huge", 4 * 1024 * 1024)  # 4 TiB
    last = disk.blocks - 1
    disk.write(last, b"e" * 512)
    disk.write(127, b"b" * 1024)
    assert disk.read(126, 4) == bytes(512) + b"b" * 1024 + bytes(512)
    assert disk.read(last, 1) == b"e" * 512
    with pytest.raises(CheckCondition):
        disk.write(last, bytes(1024))
    assert disk.read(last, 1) == b"e" * 512


def test_every_declared_address_has_its_own_loopback_address() -> None:
    book = AddressBook()
    assert book.loopback("10.10.1.21") == "127.10.1.21"
    assert book.loopback("192.10.1.21") == "127.10.1.22"
    assert book.loopback("10.0.0.1") == "127.0.0.2"
    six = book.loopback("fd00:0::21")
    assert six.startswith("127.")
    assert book.loopback("fd00::21") == six
    assert book.declared(six) == "fd00::21"
    assert book.declared("127.0.0.1") is None


@pytest.mark.parametrize(("address", "text"), [("10.10.1.21", "10.10.1.21:3260"), ("fd00::21", "[fd00::21]:3260")])
def test_portals_as_text(address: str, text: str) -> None:
    assert portal_text(address, 3260) == text
    assert parse_portal_group(f"{text},7") == (PortalAddress(address, 3260), 7)


def test_secrets_stay_out_of_reprs(array: Array) -> None:
    array.set_chap(HOST, Chap("host1", b"initiator-12"))
    assert "initiator-12" not in repr(array.chap_demand(HOST))
