# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which DSM is wished, HP's package of it, and what is refused before anything is sent."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._eva.models import PRODUCTS
from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import MICROSOFT, DsmKind, Owner
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Desired, DsmPackage, WantedDsm
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import BadWish, Faults, read_arguments
from ansible_collections.eva.mpio.tests.unit import contract

ARRAY: dict[str, t.Any] = {"name": "eva01", "model": "P6300", "portals": ["10.10.1.21"]}
P6300 = "HP      HSV340          "
HP = Owner(DsmKind.HP)
SETUP = "C:\\prepared\\setup.exe"


def desired(module: str, **given: t.Any) -> Desired:
    """Return what a module wishes for, without its checks."""
    action = contract.action_module(module)
    wish: Desired = object.__new__(action.ActionModule).wish(all_arguments(action, given, Faults()), Faults())
    return wish


def all_arguments(action: t.Any, given: dict[str, t.Any], faults: Faults) -> dict[str, t.Any]:
    needed = {"arrays": [ARRAY], "nics": ["10.10.1.11"]} if "arrays" in action.ARGUMENT_SPEC else {}
    return read_arguments(action.ARGUMENT_SPEC, {**needed, **given}, faults)


def refused(module: str, **given: t.Any) -> tuple[str, ...]:
    """Return every fault that a module names."""
    action, faults = contract.action_module(module), Faults()
    object.__new__(action.ActionModule).check(all_arguments(action, given, faults), faults)
    try:
        faults.check()
    except BadWish as error:
        return error.faults
    return ()


def test_by_default_it_is_microsofts() -> None:
    for module in ("host", "session"):
        wish = desired(module)
        assert wish.layout is not None
        assert wish.layout.owner == MICROSOFT
    wish = desired("host")
    assert wish.claim == (P6300,)
    assert wish.dsm == WantedDsm(MICROSOFT, (P6300,))
    assert desired("session").dsm is None


def test_hps() -> None:
    for module in ("host", "session"):
        wish = desired(module, dsm="hp", hp_dsm_name="HP EVA DSM")
        assert wish.layout is not None
        assert wish.layout.owner == Owner(DsmKind.HP, "HP EVA DSM")
    wish = desired("host", dsm="hp", hardware_ids=["HP      HSV360"])
    assert wish.claim is None
    assert wish.dsm == WantedDsm(HP, (P6300, "HP      HSV360          "))


def test_the_package() -> None:
    given = {"path": SETUP, "arguments": ["/s"], "removal_path": SETUP, "removal_arguments": ["/x"]}
    more = {"version": "4.4.0", "driver": "hpeaadsm", "unsupported_release": True}
    wish = desired("host", dsm="hp", change_dsm=True, reboot=True, dsm_package={**given, **more})
    package = DsmPackage(SETUP, ("/s",), SETUP, ("/x",), "4.4.0", "hpeaadsm", True)
    assert wish.dsm == WantedDsm(HP, (P6300,), package, change=True)
    assert refused("host", dsm="hp", change_dsm=True, reboot=True, dsm_package={**given, **more}) == ()
    assert refused("host", dsm="hp") == refused("host", dsm="hp", dsm_package={}) == ()


def test_the_module_dsm_is_about_every_eva() -> None:
    ids = tuple(product.hardware_id for product in PRODUCTS)
    assert desired("dsm") == Desired(dsm=WantedDsm(HP, ids))
    gone = desired("dsm", state="absent", hp_dsm_name="HP EVA DSM", dsm_package={"removal_path": SETUP})
    assert gone == Desired(
        dsm=WantedDsm(Owner(DsmKind.HP, "HP EVA DSM"), ids, DsmPackage(removal_path=SETUP), absent=True)
    )


BAD_PACKAGES: dict[str, tuple[dict[str, t.Any], str]] = {
    "template": ({"path": "C:\\{{ folder }}\\setup.exe"}, "dsm_package.path: 'C:\\\\{{ folder }}"),
    "relative": ({"removal_path": "setup.exe"}, "dsm_package.removal_path: 'setup.exe' is no path that can be used"),
    "msi": ({"path": "C:\\dsm.MSI"}, "dsm_package.path: 'C:\\\\dsm.MSI' is no program; name msiexec.exe"),
    "argument": ({"path": SETUP, "arguments": ["/s %TEMP%"]}, "dsm_package.arguments: '/s %TEMP%' is empty, or holds"),
    "template-argument": (
        {"removal_path": SETUP, "removal_arguments": ["{{ x }}"]},
        "dsm_package.removal_arguments: '{{ x }}' is a template",
    ),
    "nothing-takes-them": ({"arguments": ["/s"]}, "dsm_package: arguments needs path"),
    "nothing-takes-those": ({"removal_arguments": ["/x"]}, "dsm_package: removal_arguments needs removal_path"),
    "long": ({"path": SETUP, "arguments": ["x" * 2000]}, "dsm_package: path and arguments have 2021 characters"),
    "version": ({"version": "4.x"}, "dsm_package.version: '4.x' is no version"),
    "five-numbers": ({"version": "4.0.0.0.1"}, "dsm_package.version: '4.0.0.0.1' is no version"),
    "template-version": ({"version": "{{ v }}"}, "dsm_package.version: '{{ v }}' is a template"),
    "driver": ({"driver": "hp eva dsm"}, "dsm_package.driver: 'hp eva dsm' is no name of a driver service"),
    "quoted-driver": ({"driver": "hp'dsm"}, 'dsm_package.driver: "hp\'dsm" is no name of a driver service'),
}


@pytest.mark.parametrize("module", ["host", "dsm"])
@pytest.mark.parametrize(("given", "text"), BAD_PACKAGES.values(), ids=BAD_PACKAGES.keys())
def test_bad_packages(module: str, given: dict[str, t.Any], text: str) -> None:
    (fault,) = refused(module, dsm_package=given)
    assert fault.startswith(text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Microsoft DSM", "hp_dsm_name: 'Microsoft DSM' is a name of a DSM of Microsoft's"),
        (" microsoft iSCSI", "hp_dsm_name: ' microsoft iSCSI' is a name of a DSM of Microsoft's"),
        ("{{ name }}", "hp_dsm_name: '{{ name }}' is a template"),
        ("", "hp_dsm_name: '' is no name"),
    ],
)
@pytest.mark.parametrize("module", ["host", "dsm", "session", "verify"])
def test_names_that_hps_dsm_has_not(module: str, name: str, text: str) -> None:
    (fault,) = refused(module, hp_dsm_name=name)
    assert fault.startswith(text)


def test_a_change_needs_a_restart() -> None:
    (fault,) = refused("host", change_dsm=True)
    assert fault.startswith("change_dsm: the DSM cannot change without restarts of Windows; set reboot to true")
    assert refused("host", change_dsm=True, reboot=True) == ()


def test_policies_of_the_other_dsm() -> None:
    policies = {
        "lun_policies": {"default": "round_robin"},
        "hardware_id_policies": {"P6300": "round_robin"},
        "dsm_policy": "round_robin",
        "explicit_policies": True,
        "allow_least_queue_depth": True,
    }
    assert refused("host", **policies) == ()
    found = refused("host", dsm="hp", **policies)
    assert [fault.partition(":")[0] for fault in found] == list(policies)
    assert all("it is for the Microsoft DSM, and dsm is hp" in fault for fault in found)
    (fault,) = refused("verify", dsm="hp", lun_policies=policies["lun_policies"])
    assert fault.startswith("lun_policies: it is for the Microsoft DSM")


@pytest.mark.parametrize("module", ["host", "verify"])
def test_a_policy_of_its_own_needs_luns_that_have_one(module: str) -> None:
    assert refused(module, explicit_policies=True) == (
        "explicit_policies: it is about the LUNs of lun_policies, and there is none",
    )
    (fault,) = refused(module, dsm="hp", explicit_policies=True)
    assert fault.startswith("explicit_policies: it is for the Microsoft DSM, and dsm is hp")


HP_POLICIES: dict[str, t.Any] = {
    "hp_policies": {"default": "sqst"},
    "hp_policy_show": ["hpdsm", "show", "{wwn}"],
    "hp_policy_set": ["hpdsm", "set", "{wwn}", "{policy}"],
    "hp_policy_pattern": "(?P<policy>[A-Z]+)",
}


def test_policies_of_hps_dsm() -> None:
    assert refused("host", dsm="hp", **HP_POLICIES) == ()
    (fault,) = refused("host", **HP_POLICIES)
    assert fault.startswith("hp_policies: they are those of HP's DSM, and dsm is microsoft")
    commands = {name: value for name, value in HP_POLICIES.items() if name != "hp_policies"}
    assert refused("host", **commands) == ()


READING = {name: value for name, value in HP_POLICIES.items() if name != "hp_policy_set"}
"""What a module needs that only looks at them."""


def test_policies_of_hps_dsm_that_are_only_looked_at() -> None:
    assert refused("verify", dsm="hp", **READING) == ()
    (fault,) = refused("verify", dsm="hp", hp_policies=READING["hp_policies"])
    assert fault.startswith("hp_policies: hp_policy_show, hp_policy_pattern must be given too: ")
    (fault,) = refused("verify", **READING)
    assert fault.startswith("hp_policies: they are those of HP's DSM, and dsm is microsoft")
    (fault,) = refused("verify", dsm="hp", **HP_POLICIES)
    assert "hp_policy_set" in fault


def test_nodes_of_a_cluster_need_them_only_where_they_are_judged() -> None:
    node = {"os": {"name": "FILES02"}, "dsms": [], "disks": []}
    assert refused("verify", dsm="hp", cluster_nodes=[node]) == ()
    (fault,) = refused("verify", dsm="hp", cluster_nodes=[node], **READING)
    assert fault.startswith("cluster_nodes[0]: it has no hp_policies; what eva.mpio.host_info returns as host")
    assert refused("verify", dsm="hp", cluster_nodes=[{**node, "hp_policies": []}], **READING) == ()


def test_everything_at_once() -> None:
    found = refused(
        "host",
        dsm="hp",
        change_dsm=True,
        hp_dsm_name="Microsoft DSM",
        dsm_package={"path": "setup.exe", "version": "new", "driver": "a b"},
        lun_policies={"default": "round_robin"},
        settings={"colour": 1},
        hardware_ids=["MSFT2005iSCSIBusType_0x9"],
    )
    assert sorted({fault.partition(":")[0] for fault in found}) == [
        "change_dsm",
        "dsm_package.driver",
        "dsm_package.path",
        "dsm_package.version",
        "hardware_ids[0]",
        "hp_dsm_name",
        "lun_policies",
        "settings.colour",
    ]


def test_what_shows_hps_policies_and_what_reads_it() -> None:
    for name in ("hp_policy_show", "hp_policy_pattern"):
        (fault,) = refused("host_info", **{name: HP_POLICIES[name]})
        assert fault.startswith("hp_policy_show and hp_policy_pattern go together")
    assert refused("host_info", **{name: HP_POLICIES[name] for name in ("hp_policy_show", "hp_policy_pattern")}) == ()
