# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand-ins: always the same for the same, of the same shape, and never the original."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Interface, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.eva.mpio.plugins.plugin_utils._capture.addresses import Addresses
from ansible_collections.eva.mpio.plugins.plugin_utils._capture.disguise import MARK, MASK, Disguise
from ansible_collections.eva.mpio.plugins.plugin_utils._capture.scrubbing import _registry_line

WWN = "6001438005DE99990000400000210000"


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("10.10.1.11", r"198\.18\.0\.1"),
        ("SendTargets:*10.10.1.21 0003260 Root", r"SendTargets:\*198\.18\.0\.1 0003260 Root"),
        ("fd00:1::5", r"2001:db8::1"),
        ("fe80::21a:4bff:fe00:1%11", r"fe80::1%11"),
        ("::ffff:10.10.1.11", r"::ffff:(198\.18\.0\.1|c612:1)"),
        ("iqn.1991-05.com.microsoft:srv01.corp.example", r"iqn\.1991-05\.com\.microsoft:name0001"),
        ("iqn.1986-03.com.hp:fcgw.x.50014380025da538, and", r"iqn\.1986-03\.com\.hp:name0001, and"),
        ("iqn.2005-01.org.private:disk.", r"iqn\.2001-04\.com\.example:name0001\."),
        ("eui.50014380025DA538", r"eui\.5001438000000001"),
        ("naa.6001438005de99990000400000210000", r"naa\.60014380000000000000000000000001"),
        (WWN, r"60014380000000000000000000000001"),
        ("HP_HSV340_" + WWN.lower(), r"HP_HSV340_60014380000000000000000000000001"),
        ("6001-4380-05DE-9999-0000-4000-0021-0000", r"6001-4380-0000-0000-0000-0000-0000-0001"),
        ("5001-4380-025D-A538", r"5001-4380-0000-0001"),
        ("50:01:43:80:02:5d:a5:38", r"50:01:43:80:00:00:00:01"),
        ("00:1A:4B:00:00:01", r"02:00:00:00:00:01"),
        ("00-1a-4b-00-00-01", r"02-00-00-00-00-01"),
        ("S-1-5-21-1111-2222-3333-500", r"S-1-5-21-1-2-3-500"),
        ("S-1-5-21-1111-2222-3333-4444", r"S-1-5-21-1-2-3-1001"),
        ("0x" + "ab" * 20, "0x" + "0" * 39 + "1"),
    ],
)
def test_shapes(text: str, shape: str) -> None:
    assert re.fullmatch(shape, Disguise().text(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0.0.0.0 127.0.0.1 255.255.255.128 ::1",
        "fffffa8003cb5018-4000013700000002",
        "89abcdef-1000013700000002",
        "0000000077050003",
        "{53f56307-b6bf-11d0-94f2-00a0c91efb8b}",
        "S-1-5-18 S-1-5-32-544",
        "2024-01-02T12:30:45.500000Z at 12:30:45",
        "MPIO Disk3: 04 Paths, 005|000|001|001 6.1.7601.17514",
        r"Root\ISCSIPRT\0000_0",
        "HP      HSV340          ",
        "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/wmi/MSiSCSIInitiator_SessionClass",
    ],
)
def test_what_tells_nothing_about_anybody_stays(text: str) -> None:
    assert Disguise().text(text) == text


def test_the_same_by_the_same_in_each_spelling() -> None:
    disguise = Disguise()
    name = f"MPIO\\Disk&Ven_HP\\1&7f6ac24&0&{WWN.encode().hex()}_0"
    stand_in = disguise.text(WWN)
    assert disguise.text(name) == name.replace(WWN.encode().hex(), stand_in.encode().hex())
    assert disguise.text(WWN.lower()) == stand_in.lower()
    assert disguise.text(WWN.encode("utf-16-le").hex()) == stand_in.encode("utf-16-le").hex()
    assert disguise.text("00:1a:4b:00:00:0F").replace(":", "") == disguise.text("001A4B00000f").upper()
    assert disguise.text("IQN.2005-01.org.private:A") == disguise.text("iqn.2005-01.org.private:a")


def test_a_mac_without_its_colons_is_known_by_the_other_form_only() -> None:
    assert Disguise().text("001A4B00000f") == "001A4B00000f"


def test_names_as_words() -> None:
    disguise = Disguise(["s3cret"])
    for kind, name in [("host", "SRV01.corp.example"), ("user", "CORP\\joe"), ("user", "ann@corp.example")]:
        disguise.learn(kind, name)
    assert disguise.text("srv01.corp.example, SRV01, SRV012") == "host-1.domain-1, host-1, SRV012"
    assert disguise.text(r"Corp\Joe and ann say s3cret") == rf"domain-2\user-1 and user-2 say {MASK}"
    assert disguise.text(b"SRV01".hex() * 2) == ("SRV01" * 2).encode().hex()
    assert disguise.text(b"on srv01 now".hex()) == b"on host-1 now".hex()


@pytest.mark.parametrize("name", ["Administrator", "HP", "10.1.1.1", "::1", "x", "", "NT AUTHORITY\\SYSTEM"])
def test_names_that_are_none(name: str) -> None:
    disguise = Disguise()
    disguise.learn("user", name)
    assert disguise.text(f"{name} HP SYSTEM") == Disguise().text(f"{name} HP SYSTEM")


def test_asterisks_do_not_tell_a_secret_that_is_a_word() -> None:
    disguise = Disguise(["windows", "hunter2"])
    disguise.keep("http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd")
    assert disguise.text("wsman/1/windows/shell hunter2") == f"wsman/1/windows/shell {MASK}"


def test_names_that_are_words_of_their_own() -> None:
    disguise = Disguise()
    disguise.learn("host", "Server.corp.example")
    disguise.keep("select * from Win32_Service where Name='Server'")
    assert disguise.text("Windows Server 2003 in corp.example") == "Windows Server 2003 in domain-1"
    assert disguise.named("SERVER") == "host-1"


def test_texts_of_which_nothing_is_known() -> None:
    disguise = Disguise()
    assert [disguise.whole(text) for text in ("rack 7", "rack 8", "rack 7")] == ["text-1", "text-2", "text-1"]
    assert disguise.whole("10.10.1.11") == "198.18.0.1"
    assert disguise.whole("10.10.1.11 in rack 9") == "text-3"


def test_marks_of_batches_become_one() -> None:
    assert Disguise().text(f"--eva.mpio-{'a7' * 16}--") == MARK


def test_subnets_are_kept_and_wide_ones_narrowed() -> None:
    addresses = Addresses()
    addresses.learn(IPv4Interface("10.10.4.5/255.255.252.0"))
    addresses.learn(IPv4Interface("10.20.1.5/255.255.255.240"))
    one, two = addresses.v4(IPv4Address("10.10.4.5")), addresses.v4(IPv4Address("10.10.7.200"))
    assert IPv4Interface(f"{one}/24").network == IPv4Interface(f"{two}/24").network
    assert addresses.v4(IPv4Address("255.255.252.0")) == IPv4Address("255.255.255.0")
    near, far = addresses.v4(IPv4Address("10.20.1.6")), addresses.v4(IPv4Address("10.20.1.200"))
    assert IPv4Interface(f"{near}/28").network != IPv4Interface(f"{far}/28").network
    assert addresses.v4(IPv4Address("255.255.255.240")) == IPv4Address("255.255.255.240")


@given(st.sets(st.ip_addresses(v=4), min_size=2, max_size=40))
def test_no_two_addresses_become_one(originals: set[IPv4Address]) -> None:
    addresses = Addresses()
    private = [address for address in originals if int(address) >> 24 != 255]
    stand_ins = {addresses.v4(address) for address in private}
    assert len(stand_ins) == len(private)


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_subnets_of_ipv6_are_kept(address: IPv6Address, host: int) -> None:
    other = IPv6Address(int(address) >> 64 << 64 | host)
    special = (address.is_multicast, address.ipv4_mapped, other.ipv4_mapped, address.is_loopback, other.is_loopback)
    if any(special) or address.is_unspecified or other.is_unspecified:
        return
    addresses = Addresses()
    assert int(addresses.v6(address)) >> 64 == int(addresses.v6(other)) >> 64


@given(st.text("0123456789ABCDEF", min_size=25, max_size=25))
def test_no_wwn_is_kept(tail: str) -> None:
    wwn = f"6001438{tail}"
    assert Disguise().text(f"SN: {wwn}") == "SN: 60014380000000000000000000000001"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (
            f"DisksTakenOffline    REG_MULTI_SZ    {WWN}\\0{WWN[:-4]}0001",
            "DisksTakenOffline    REG_MULTI_SZ    60014380000000000000000000000001\\060014380000000000000000000000002",
        ),
        ("TimersChangedInBoot    REG_SZ    2026-11-20T08:00:00+01:00", None),
        ("MatchingDeviceId    REG_SZ    root\\iscsiprt", None),
        ("MPIOSupportedDeviceList    REG_MULTI_SZ    HP      HSV340          \\0Vendor 8Product       16", None),
    ],
)
def test_values_of_the_registry_that_readers_go_by(value: str, shown: str | None) -> None:
    assert _registry_line(f"    {value}\r\n", Disguise()) == f"    {shown or value}\r\n"


def test_other_texts_of_the_registry_are_hidden() -> None:
    line = _registry_line("    RegisteredOwner    REG_SZ    somebody private\r\n", Disguise())
    assert line is not None
    assert "private" not in line
