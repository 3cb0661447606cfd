# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses, ids and names; the table of releases."""

from __future__ import annotations

import dataclasses
import typing as t
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.eva.mpio.plugins.plugin_utils._model import SessionId, TargetPortal
from ansible_collections.eva.mpio.plugins.plugin_utils._windows import classes, names
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.reader import read_operating_system
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import RELEASES, UnsupportedRelease, release_of
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.answers import Values, parsed
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.hosts import healthy


@given(st.ip_addresses(v=4).filter(lambda one: not one.is_unspecified))
def test_the_low_byte_is_the_first_octet(address: t.Any) -> None:
    value = parsed(classes.IP_ADDRESS, {"Type": 1, "IpV4Address": int.from_bytes(address.packed, "little")})
    assert names.address_of(value) == address


@given(st.ip_addresses(v=6).filter(lambda one: not one.is_unspecified))
def test_version_six_has_sixteen_octets(address: t.Any) -> None:
    value = parsed(classes.IP_ADDRESS, {"Type": 2, "IpV6Address": address.packed})
    assert names.address_of(value) == address


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"Type": 0, "TextAddress": " 10.10.1.11 "}, "10.10.1.11"),
        ({"Type": 0, "TextAddress": "fe80::1%12"}, "fe80::1"),
        ({"Type": 0, "TextAddress": "array.example.com"}, None),
        ({"Type": 1, "IpV4Address": 0}, None),
        ({"Type": 2, "IpV6Address": bytes(16)}, None),
        ({"Type": 2, "IpV6Address": b"\1\2"}, None),
        ({"Type": 3, "IpV4Address": 16777343}, None),
        ({"Type": None}, None),
    ],
)
def test_other_addresses(values: Values, expected: str | None) -> None:
    found = names.address_of(parsed(classes.IP_ADDRESS, values))
    assert found == (ip_address(expected) if expected else None)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.booleans(), st.booleans())
def test_session_ids_are_numbers_however_padded(adapter: int, session: int, padded: bool, marked: bool) -> None:
    width, prefix = 16 if padded else 1, "0x" if marked else ""
    text = f"{prefix}{adapter:0{width}x}-{prefix}{session:0{width}X}"
    assert names.session_id_of(text) == SessionId(adapter, session)
    assert names.connection_number(text) == session


@pytest.mark.parametrize("text", ["", "1", "1-", "-2", "g-1", "1-2-3", "1" * 17 + "-1", "0x-1"])
def test_other_texts_are_no_session_id(text: str) -> None:
    with pytest.raises(ValueError, match="no session"):
        names.session_id_of(text)
    assert names.connection_number(text) is None


@pytest.mark.parametrize(
    ("mechanism", "expected"),
    [
        ("SendTargets:*10.0.0.1 0003260 ROOT\\ISCSIPRT\\0000_0", TargetPortal(ip_address("10.0.0.1"), 3260)),
        ("SendTargets:*10.0.0.1 0003260 ROOT\\ISCSIPRT\\0000_0 10.0.0.9", TargetPortal(ip_address("10.0.0.1"))),
        ("SendTargets:*fd00::1 0000860 ", TargetPortal(ip_address("fd00::1"), 860)),
        ("SendTargets:*array 0003260 x", None),
        ("AddTarget:x", None),
        ("", None),
        (None, None),
    ],
)
def test_discovery_mechanisms(mechanism: str | None, expected: TargetPortal | None) -> None:
    assert names.discovery_portal_of(mechanism) == expected


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        ("MPIO\\Disk&Ven_HP&Prod_HSV340&Rev_1000\\1&7f6ac24&0&3630_0", ("HP", "HSV340")),
        ("\\\\?\\mpio#disk&ven_hp&prod_hsv340&rev_1000#1&7f#{53f56307}", ("hp", "hsv340")),
        ("SCSI\\Disk&Ven_HP______&Prod_HSV340__________\\5&1", ("HP", "HSV340")),
        ("SCSI\\Disk&Ven_&Prod_RAM_DISK_1024_M\\5&1", (None, "RAM_DISK_1024_M")),
        ("\\\\?\\scsi#array&ven_hp&prod_hsv340#5", (None, None)),
        (None, (None, None)),
    ],
)
def test_inquiry_strings(device: str | None, expected: tuple[str | None, str | None]) -> None:
    assert names.inquiry_of(device) == expected


@pytest.mark.parametrize(("number", "expected"), [(0, 0), (7, 7), (0xFFFFFFFF, None), (None, None)])
def test_any_port_is_none(number: int | None, expected: int | None) -> None:
    assert names.port_number_of(number) == expected


@pytest.mark.parametrize("build", [9200, 9600])
def test_releases(build: int) -> None:
    system = dataclasses.replace(read_operating_system(t.cast("t.Any", healthy())), build=build)
    assert release_of(system) is RELEASES[build]
    assert "/norestart" in RELEASES[build].feature_command


@pytest.mark.parametrize(("build", "server", "words"), [(9600, False, "client edition"), (1234, True, "build 1234")])
def test_other_windows_is_refused_in_a_sentence(build: int, server: bool, words: str) -> None:
    system = dataclasses.replace(read_operating_system(t.cast("t.Any", healthy())), build=build, server=server)
    with pytest.raises(UnsupportedRelease, match=words) as caught:
        release_of(system)
    assert "SRV01" in str(caught.value)
