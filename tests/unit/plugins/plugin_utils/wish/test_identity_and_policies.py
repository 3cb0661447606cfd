# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets, node names, policies, times and claims."""

from __future__ import annotations

import typing as t
from ipaddress import ip_address

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Chap, TargetPortal
from ansible_collections.eva.mpio.plugins.plugin_utils._options import RELEASES
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    Mesh,
    Package,
    Purge,
    Surplus,
    WantedInitiator,
    WantedNic,
    WantedPaths,
    WantedPortal,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import BY_KEY
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import (
    Faults,
    check_secrets,
    check_times,
    claim,
    initiator,
    nics_and_portals,
    purge,
    wanted_paths,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.wish.reading import (
    ARRAY,
    arguments,
    array_faults,
    raised,
    read,
    read_array,
)


@pytest.mark.parametrize(
    ("secret", "good"),
    [
        pytest.param("s" * 11, False, id="A-05-11"),
        pytest.param("s" * 12, True, id="A-05-12"),
        pytest.param("s" * 16, True, id="A-05-16"),
        pytest.param("s" * 17, False, id="A-05-17"),
        pytest.param("ü" * 8, True, id="bytes-not-letters"),
        pytest.param("ü" * 12, False, id="24-bytes"),
        pytest.param("", False, id="A-10-empty"),
    ],
)
def test_secret_lengths(secret: str, good: bool) -> None:
    if good:
        assert read_array(chap_user="u", chap_secret=secret).chap == Chap("u", secret)
        return
    (fault,) = array_faults(chap_user="u", chap_secret=secret)
    assert f"12 to 16 bytes with Microsoft's initiator; this one has {len(secret.encode())}" in fault
    assert not secret or secret not in fault
    faults = Faults()
    initiator(arguments(mutual_chap_secret=secret), faults)
    assert raised(faults)[0].startswith("mutual_chap_secret: ")


def test_a_06_no_credential_no_chap() -> None:
    assert read_array().chap is None


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"chap_user": "u"}, "chap_user and chap_secret go together"),
        ({"chap_secret": "s" * 12}, "chap_user and chap_secret go together"),
        ({"chap_user": "", "chap_secret": "s" * 12}, "chap_user and chap_secret go together"),
        ({"mutual_chap": True}, "mutual_chap needs chap_user and chap_secret"),
        ({"chap_user": "bad user", "chap_secret": "s" * 12}, "begins with '*' or '-', or holds a blank"),
        ({"chap_user": "-u", "chap_secret": "s" * 12}, "begins with '*' or '-', or holds a blank"),
    ],
)
def test_half_a_credential(given: dict[str, t.Any], text: str) -> None:
    (fault,) = array_faults(**given)
    assert text in fault


def test_both_directions_need_two_secrets() -> None:
    mutual = read_array(chap_user="u", chap_secret="s" * 12, mutual_chap=True)
    one_way = read_array(chap_user="u", chap_secret="s" * 12)
    faults = Faults()
    given = {"mutual_chap_secret": "as the initiator's", "arrays": []}
    check_secrets(given, WantedInitiator(mutual_secret="t" * 12), [mutual, one_way, read_array()], faults)
    faults.check()
    check_secrets(given, WantedInitiator(mutual_secret="s" * 12), [mutual, read_array(), one_way], faults)
    assert raised(faults) == ("array eva01: chap_secret and mutual_chap_secret must differ",) * 2


def test_secrets_are_in_no_repr() -> None:
    wanted = read(arrays=[{**ARRAY, "chap_user": "u", "chap_secret": "topsecrettop"}])
    assert "topsecret" not in repr(wanted)
    faults = Faults()
    assert "topsecret" not in repr(initiator(arguments(mutual_chap_secret="topsecrettop"), faults))


@pytest.mark.parametrize(
    "name", ["iqn.1991-05.com.microsoft:asdasd", "eui.0123456789abcdef", "iqn.2003-10.com.example:db-1.x"]
)
def test_h_06_node_names(name: str) -> None:
    faults = Faults()
    assert initiator(arguments(node_name=name), faults) == WantedInitiator(name)
    faults.check()


@pytest.mark.parametrize(
    "name",
    ["1", "", "invalid.iqn", "IQN.1991-05.com.microsoft:x", "iqn.1991-05.com.microsoft:X", "iqn.1991-05.com.m:a b"],
)
def test_h_05_bad_node_names(name: str) -> None:
    faults = Faults()
    initiator(arguments(node_name=name), faults)
    assert raised(faults)[0].startswith(f"node_name: {name!r} is no iSCSI name that an EVA takes")


@pytest.mark.parametrize(("length", "good"), [(223, True), (224, False)])
def test_the_length_of_a_node_name(length: int, good: bool) -> None:
    faults = Faults()
    initiator(arguments(node_name="iqn.1991-05.com.microsoft:".ljust(length, "x")), faults)
    if good:
        faults.check()
    else:
        raised(faults)


@pytest.mark.parametrize(("update", "always"), [("always", True), ("on_create", False)])
def test_update_password(update: str, always: bool) -> None:
    assert initiator(arguments(update_password=update), Faults()).update_secret is always


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({}, 0),
        ({"minimum_paths": 0}, 1),
        ({"device_timeout": -1, "minimum_paths": -1}, 2),
        ({"device_timeout": 3601}, 1),
        ({"sessions_per_path": 0}, 1),
        ({"sessions_per_path": 9, "minimum_paths": 0}, 2),
    ],
    ids=str,
)
def test_numbers_of_paths_and_timeout(given: dict[str, int], count: int) -> None:
    faults = Faults()
    wanted_paths(arguments(**given), faults)
    assert count == (len(raised(faults)) if count else 0)


@pytest.mark.parametrize("number", [1, 8])
def test_sessions_per_path(number: int) -> None:
    assert wanted_paths(arguments(sessions_per_path=number), Faults()) == WantedPaths(None, number)


def test_purge() -> None:
    faults = Faults()
    assert purge(arguments(), faults) is None
    assert purge(arguments(purge=["stale"]), faults) == Purge(frozenset({Surplus.STALE}), 16)
    both = purge(arguments(purge=["stale", "undeclared", "stale"], purge_limit=1), faults)
    assert both == Purge(frozenset(Surplus), 1)
    faults.check()


def test_purge_that_cannot_be() -> None:
    faults = Faults()
    purge({**arguments(purge=["stale"], purge_limit=0), "state": "absent"}, faults)
    purge({**arguments(), "state": "absent"}, faults)
    limit, state = raised(faults)
    assert limit == "purge_limit: 0 is less than 1; leave purge away to remove nothing"
    assert state.startswith("purge: it goes with state present")


def test_times_of_a_restart() -> None:
    faults = Faults()
    check_times(arguments(), faults)
    faults.check()
    check_times(arguments(reboot_timeout=0, pre_reboot_delay=-1, post_reboot_delay=3601), faults)
    assert [fault.split(":")[0] for fault in raised(faults)] == [
        "reboot_timeout",
        "pre_reboot_delay",
        "post_reboot_delay",
    ]


def test_nics_and_portals() -> None:
    nics, portals = nics_and_portals(["10.10.1.11"], ["10.10.1.21:3261"], Mesh.SUBNET, Faults())
    assert nics == (WantedNic(ip_address("10.10.1.11")),)
    assert portals == (WantedPortal(TargetPortal(ip_address("10.10.1.21"), 3261)),)


def test_claim() -> None:
    faults = Faults()
    found = claim(["P6300", "P6350", "EVA4400"], ["HP      HSV360", "NFINIDATInfiniBox"], faults)
    faults.check()
    assert found == (
        "HP      HSV340          ",
        "HP      HSV300          ",
        "HP      HSV360          ",
        "NFINIDATInfiniBox       ",
    )


BAD_CLAIMS = {
    "too-long": ([], ["HP      HSV340          x"], "is no vendor (padded to 8) and product"),
    "too-short": ([], ["HSV340"], "is no vendor (padded to 8) and product"),
    "not-ascii": ([], ["HP      HSV34ö"], "other than printable ASCII"),
    "active-passive": ([], ["HP      HSV110"], "is active/passive"),
    "compaq": ([], ["COMPAQ  HSV110 (C)COMPAQ"], "is active/passive"),
    "percent": ([], ["HP      %PRODUCT%"], "holds a percent sign or a quotation mark"),
    "quotation-mark": ([], ['HP      HSV"340'], "holds a percent sign or a quotation mark"),
    "template": ([], ["HP      {{ id }}"], "is a template that was not filled in"),
    "model": (["EVA3000"], [], "only VCS 4 is active/active"),
}


@pytest.mark.parametrize(("models", "ids", "text"), BAD_CLAIMS.values(), ids=BAD_CLAIMS.keys())
def test_bad_claims(models: list[str], ids: list[str], text: str) -> None:
    faults = Faults()
    claim(models, ids, faults)
    (fault,) = raised(faults)
    assert text in fault


PREPARED = "C:\\prepared files\\initiator.exe"
ON_A_SHARE = "\\\\files\\prepared\\initiator.exe"


def package_of(given: dict[str, t.Any]) -> Package | None:
    faults = Faults()
    wanted = initiator(arguments(package=given), faults)
    faults.check()
    return wanted.package


@pytest.mark.parametrize("path", [PREPARED, ON_A_SHARE, "d:\\initiator.exe"])
def test_a_package(path: str) -> None:
    assert package_of({"path": path}) == Package(path)
    assert package_of({"path": path, "arguments": ["/quiet", "/log C:\\log.txt"]}) == Package(
        path, ("/quiet", "/log C:\\log.txt")
    )


def test_no_package() -> None:
    assert initiator(arguments(), Faults()).package is None


@pytest.mark.parametrize(
    "path",
    [
        "",
        "initiator.exe",
        "C:initiator.exe",
        "\\prepared\\initiator.exe",
        "\\\\files",
        'C:\\a"b.exe',
        "C:\\a\nb.exe",
        "C:\\%TEMP%\\b.exe",
        "\\\\%SERVER%\\prepared\\b.exe",
        "C:\\",
    ],
)
def test_a_package_path_that_is_none(path: str) -> None:
    faults = Faults()
    initiator(arguments(package={"path": path}), faults)
    (text,) = raised(faults)
    assert text.startswith("package.path: ")
    assert "is no path that can be used: it must be an absolute one on the host" in text


def test_a_package_that_no_command_line_holds() -> None:
    faults = Faults()
    initiator(arguments(package={"path": PREPARED, "arguments": ["/x" * 984]}), faults)
    faults.check()
    initiator(arguments(package={"path": PREPARED, "arguments": ["/x" * 984, "/quiet"]}), faults)
    assert raised(faults) == ("package: path and arguments have 2005 characters; at most 2000 can be handed on",)


def test_leftovers_of_templates_in_a_package() -> None:
    faults = Faults()
    initiator(arguments(package={"path": "C:\\{{ folder }}\\a.exe", "arguments": ["/log {% x %}"]}), faults)
    assert [fault.partition(" is a template that was not filled in")[1] != "" for fault in raised(faults)] == [True] * 2


@pytest.mark.parametrize("argument", ["", "/quiet\n/passive", "\x00", "\u2028", "/log:%TEMP%"])
def test_a_package_argument_that_is_none(argument: str) -> None:
    faults = Faults()
    initiator(arguments(package={"path": PREPARED, "arguments": [argument]}), faults)
    assert raised(faults)[0].startswith("package.arguments: ")


def test_the_options_and_the_table_know_the_same_releases() -> None:
    assert tuple(BY_KEY) == RELEASES


def test_mutual_chap_needs_the_initiators_own_secret() -> None:
    mutual = {"name": "eva01", "mutual_chap": True}
    arrays = [mutual, {"name": None, "mutual_chap": True}, {"name": "eva03", "mutual_chap": False}]
    faults = Faults()
    check_secrets({"mutual_chap_secret": None, "arrays": arrays}, WantedInitiator(), [], faults)
    needs = "mutual_chap needs mutual_chap_secret, the secret of the initiator itself"
    assert raised(faults) == (f"array eva01: {needs}", f"arrays[1]: {needs}")
