# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arrays, portals, NICs, models and LUNs: what is taken, and every fault of what is not, at once."""

from __future__ import annotations

import typing as t
from ipaddress import ip_address

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Policy, TargetPortal
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    Layout,
    LunPolicy,
    Mesh,
    WantedArray,
    WantedNic,
    WantedPortal,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import (
    Faults,
    policies,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.wish.reading import (
    ARRAY,
    WWN,
    arguments,
    array_faults,
    faults_of,
    read,
    read_array,
)


def test_a_layout() -> None:
    portals = [
        "10.10.1.21",
        {"address": "10.10.2.21", "tcp_port": 3261, "fabric": "blue", "controller": "A", "module": 1},
    ]
    wanted = read(
        arrays=[{**ARRAY, "portals": portals, "luns": [WWN], "targets": ["iqn.1986-03.com.hp:Eva01"]}],
        nics=["10.10.1.11", {"address": "10.10.2.11", "fabric": 7}],
    )
    assert wanted == Layout(
        (
            WantedArray(
                "eva01",
                (
                    WantedPortal(TargetPortal(ip_address("10.10.1.21"), 3260)),
                    WantedPortal(TargetPortal(ip_address("10.10.2.21"), 3261), "blue", "1", "A"),
                ),
                ("HP      HSV340          ",),
                ("iqn.1986-03.com.hp:Eva01",),
                luns=(WWN,),
                minimum_luns=1,
            ),
        ),
        (WantedNic(ip_address("10.10.1.11")), WantedNic(ip_address("10.10.2.11"), "7")),
        Mesh.SUBNET,
    )


PORTALS = {
    "plain": ("10.10.1.21", "10.10.1.21", 3260),
    "B-04-with-port": ("10.0.41.10:3260", "10.0.41.10", 3260),
    "other-port": ("10.0.41.10:3261", "10.0.41.10", 3261),
    "blanks": (" 10.0.41.10 ", "10.0.41.10", 3260),
    "ipv6": ("fd00:1::21", "fd00:1::21", 3260),
    "ipv6-in-brackets": ("[fd00:1::21]", "fd00:1::21", 3260),
    "ipv6-with-port": ("[fd00:1::21]:3261", "fd00:1::21", 3261),
    "ipv6-long-form": ("FD00:1:0:0:0:0:0:0021", "fd00:1::21", 3260),
    "mapping": ({"address": "10.0.41.10", "tcp_port": "3261"}, "10.0.41.10", 3261),
    "port-in-the-address-wins": ({"address": "10.0.41.10:3262", "tcp_port": 3261}, "10.0.41.10", 3262),
    "first-port": ("10.0.41.10:1", "10.0.41.10", 1),
    "last-port": ("10.0.41.10:65535", "10.0.41.10", 65535),
}


@pytest.mark.parametrize(("value", "address", "tcp_port"), PORTALS.values(), ids=PORTALS.keys())
def test_portals(value: t.Any, address: str, tcp_port: int) -> None:
    assert read_array(portals=[value]).portals == (WantedPortal(TargetPortal(ip_address(address), tcp_port)),)


BAD_ADDRESSES = {
    "B-20-empty-string": ("", "an IP address is needed here"),
    "blank": ("  ", "an IP address is needed here"),
    "none": (None, "is neither an address nor a mapping"),
    "list": (["10.0.0.1"], "is neither an address nor a mapping"),
    "host-name": ("eva01.example.com", "'eva01.example.com' is no IP address"),
    "template": ("{{ eva_ip }}", "is a template that was not filled in"),
    "template-block": ("{% if x %}10.0.0.1{% endif %}", "is a template that was not filled in"),
    "octet": ("10.0.0.256", "is no IP address"),
    "subnet": ("10.0.0.1/24", "is no IP address"),
    "B-10-link-local": ("169.254.3.4", "is no address that a storage path can use"),
    "link-local-ipv6": ("fe80::1", "is no address that a storage path can use"),
    "zone": ("fd00::1%4", "names a zone"),
    "loopback": ("127.0.0.1", "is no address that a storage path can use"),
    "H-14-wildcard": ("0.0.0.0", "is no address that a storage path can use"),
    "multicast": ("224.0.0.1", "is no address that a storage path can use"),
    "empty-mapping": ({}, "an IP address is needed here"),
    "number": ({"address": 5}, "an IP address is needed here"),
}


@pytest.mark.parametrize(("value", "text"), BAD_ADDRESSES.values(), ids=BAD_ADDRESSES.keys())
def test_bad_addresses(value: t.Any, text: str) -> None:
    (fault,) = array_faults(portals=["10.10.1.21", value])
    assert fault.startswith("arrays[0] (eva01).portals[1]: ")
    assert text in fault
    (fault,) = faults_of(nics=["10.10.1.11", value])
    assert fault.startswith("nics[1]: ")
    assert text in fault


@pytest.mark.parametrize("port", [0, 65536, -1, "x", True, None, "10.0.0.1:0", "10.0.0.1:70000"])
def test_bad_tcp_ports(port: t.Any) -> None:
    value = port if isinstance(port, str) and "." in port else {"address": "10.0.0.1", "tcp_port": port}
    (fault,) = array_faults(portals=[value])
    assert "is not between 1 and 65535" in fault


def test_b_09_the_same_portal_and_nic_twice_is_one() -> None:
    wanted = read(arrays=[{**ARRAY, "portals": ["10.10.1.21", "10.10.1.21:3260"]}], nics=["10.10.1.11"] * 2)
    assert (len(wanted.arrays[0].portals), len(wanted.nics)) == (1, 1)


def test_the_same_portal_and_nic_twice_with_two_meanings_are_refused() -> None:
    nics = [{"address": "10.10.1.11", "fabric": name} for name in ("a", "b")]
    portals = [{"address": "10.10.1.21", "fabric": name} for name in ("a", "b")]
    assert faults_of(nics=nics, arrays=[{**ARRAY, "portals": portals}]) == (
        "nics: address 10.10.1.11 is given 2 times",
        "arrays: target portal 10.10.1.21:3260 is given 2 times",
    )


def test_arrays_do_not_share_names_or_portals() -> None:
    assert faults_of(arrays=[ARRAY, ARRAY]) == (
        "arrays: name eva01 is given 2 times",
        "arrays: target portal 10.10.1.21:3260 is given 2 times",
    )


def test_what_two_arrays_cannot_both_have_is_named() -> None:
    both = {"targets": ["iqn.1986-03.com.hp:eva01"], "luns": [WWN]}
    other = {**ARRAY, **both, "name": "eva02", "portals": ["10.10.1.22"], "targets": ["IQN.1986-03.com.hp:EVA01"]}
    assert faults_of(arrays=[{**ARRAY, **both}, other]) == (
        "arrays: target iqn.1986-03.com.hp:eva01 is given 2 times",
        f"arrays: LUN {WWN} is given 2 times",
    )


def test_no_address_is_on_both_ends_of_a_path() -> None:
    assert faults_of(nics=["10.10.1.11", "10.10.1.21"]) == (
        "nics: 10.10.1.21 is the address of a target portal as well",
    )


def test_unknown_keys_are_named() -> None:
    (fault,) = array_faults(portals=[{"address": "10.10.1.21", "port": 3260}])
    assert fault == (
        "arrays[0] (eva01).portals[0]: unknown key 'port';"
        " known are address, controller, fabric, module, nics, tcp_port"
    )
    (fault,) = faults_of(nics=[{"address": "10.10.1.11", "nic": "x"}])
    assert fault == "nics[0]: unknown key 'nic'; known are address, fabric"


@pytest.mark.parametrize("value", ["", True, ["x"]], ids=str)
def test_names_of_fabrics_and_controllers_are_names(value: t.Any) -> None:
    assert "is no name" in array_faults(portals=[{"address": "10.10.1.21", "controller": value}])[0]
    assert "is no name" in faults_of(nics=[{"address": "10.10.1.11", "fabric": value}])[0]


def test_a_mesh_of_fabrics_needs_them() -> None:
    assert faults_of(mesh="fabric") == (
        "nics[0]: mesh is fabric, so the NIC needs a fabric",
        "arrays[0] (eva01).portals[0]: mesh is fabric, so the target portal needs a fabric",
    )


def meshed(mesh: str, portals: int, **given: t.Any) -> dict[str, t.Any]:
    """A layout of 4 NICs, each of which belongs to each portal by the rule."""
    nics = [{"address": f"10.10.1.{n}", "fabric": "a"} for n in range(11, 15)]
    own = {"nics": [nic["address"] for nic in nics]} if mesh == "explicit" else {}
    there = [{"address": f"10.10.1.{n}", "fabric": "a", **own} for n in range(21, 21 + portals)]
    return {"mesh": mesh, "nics": nics, "arrays": [{**ARRAY, "portals": there}], **given}


@pytest.mark.parametrize("mesh", ["full", "fabric", "explicit"])
def test_more_paths_than_windows_takes(mesh: str) -> None:
    assert read(**meshed(mesh, 8)).mesh is Mesh(mesh)
    for too_many, paths in ((meshed(mesh, 9), 36), (meshed(mesh, 4, sessions_per_path=3), 48)):
        (fault,) = faults_of(**too_many)
        assert fault.startswith(f"array eva01: NICs, target portals and sessions_per_path give {paths} paths a LUN")


def test_paths_that_are_none_are_not_counted() -> None:
    of_others = meshed("fabric", 9)
    for nic in of_others["nics"][1:]:
        nic["fabric"] = "b"
    assert len(read(**of_others).nics) == 4
    other_family = meshed("full", 9)
    other_family["nics"][1:] = [f"fd00::{n}" for n in range(1, 4)]
    assert len(read(**other_family).nics) == 4
    assert len(read(**meshed("subnet", 9)).nics) == 4  # only the host knows its prefixes


def test_nothing_declared() -> None:
    assert faults_of(arrays=[], nics=[]) == (
        "nics: at least one NIC address is needed",
        "arrays: at least one array is needed",
    )
    assert array_faults(portals=[]) == ("arrays[0] (eva01).portals: the list is empty, so no path can be made",)


def test_every_fault_at_once() -> None:
    faults = array_faults(
        model="EVA9999",
        portals=["", "10.10.1.21", "x", {"address": "10.10.1.22", "prot": 1}],
        luns=["12"],
        targets=["eva"],
        minimum_luns=0,
        chap_user="u",
    )
    places = [
        "portals[0]: an IP address",
        "portals[2]: 'x' is no IP address",
        "portals[3]: unknown key 'prot'",
        ": 'EVA9999' is no EVA or P6000 model",
        ": minimum_luns is 0",
        "luns: '12' is no WWN",
        "targets: 'eva' is no iSCSI name",
        ": chap_user and chap_secret go together",
    ]
    assert len(faults) == len(places)
    for fault, place in zip(faults, places, strict=True):
        assert place in fault


@pytest.mark.parametrize("name", ["", "  ", "{{ array }}", "eva\n01", "eva{% if x %}"])
def test_bad_names_of_arrays(name: str) -> None:
    assert [fault.partition(": ")[0] for fault in array_faults(name=name)] == ["arrays[0].name"]


@pytest.mark.parametrize("key", ["fabric", "module", "controller"])
def test_leftovers_of_templates_in_names(key: str) -> None:
    (fault,) = array_faults(portals=[{"address": "10.10.1.21", key: "{{ it }}"}])
    assert fault == f"arrays[0] (eva01).portals[0].{key}: '{{{{ it }}}}' is a template that was not filled in"


def test_a_product_without_a_model() -> None:
    (fault,) = array_faults(model=None, product="HSV340")
    assert fault == "arrays[0] (eva01): product tells models apart, and there is no model"


MODELS = {
    "L-01-padded": ("P6300", None, ("HP      HSV340          ",)),
    "small-letters": ("eva4400", None, ("HP      HSV300          ",)),
    "with-a-blank": ("EVA 8400", None, ("HP      HSV450          ",)),
    "product-id": ("HSV360", None, ("HP      HSV360          ",)),
    "vcs4": ("EVA3000", "HSV101", ("HP      HSV101          ",)),
    "vcs4-small-letters": ("EVA5000", "hsv111", ("HP      HSV111          ",)),
}


@pytest.mark.parametrize(("model", "product", "ids"), MODELS.values(), ids=MODELS.keys())
def test_models(model: str, product: str | None, ids: tuple[str, ...]) -> None:
    assert read_array(model=model, product=product).hardware_ids == ids


def test_no_model_no_hardware_id() -> None:
    assert read_array(model=None).hardware_ids == ()


BAD_MODELS = {
    "unknown": ("MSA2000", None, "'MSA2000' is no EVA or P6000 model"),
    "ambiguous-3000": ("EVA3000", None, "HSV100 or HSV101 depending on its controller software"),
    "ambiguous-5000": ("EVA5000", None, "HSV110 or HSV110 (C)COMPAQ or HSV111 depending on its controller software"),
    "active-passive": ("EVA5000", "HSV110", "is active/passive"),
    "compaq": ("EVA5000", "HSV110 (C)COMPAQ", "is active/passive"),
    "active-passive-id": ("HSV100", None, "is active/passive"),
    "other-product": ("P6300", "HSV450", "a P6300 never answers with the product id 'HSV450'"),
}


@pytest.mark.parametrize(("model", "product", "text"), BAD_MODELS.values(), ids=BAD_MODELS.keys())
def test_bad_models(model: str, product: str | None, text: str) -> None:
    (fault,) = array_faults(model=model, product=product)
    assert text in fault


WWNS = {
    "plain": WWN,
    "small-letters": WWN.lower(),
    "dashes": "6001-4380-05de-2b6a-0000-4000-00b1-0000",
    "colons": ":".join(WWN[n : n + 2] for n in range(0, 32, 2)),
    "prefix": f"0x{WWN}",
    "blanks": f" {WWN} ",
}


@pytest.mark.parametrize("text", WWNS.values(), ids=WWNS.keys())
def test_wwn_notations(text: str) -> None:
    assert read_array(luns=[text]).luns == (WWN,)
    assert policies(arguments(lun_policies={text: "round_robin"}), Faults()).by_wwn == {
        WWN: LunPolicy(Policy.ROUND_ROBIN)
    }


def test_a_short_wwn_and_the_same_lun_twice() -> None:
    array = read_array(luns=[WWN, WWN.lower(), "50014380025DA539"], minimum_luns=1)
    assert array.luns == (WWN, "50014380025DA539")
    assert array.minimum_luns == 2


@pytest.mark.parametrize("text", ["", "6001", WWN + "00", WWN[:-1] + "G", "{{ wwn }}"])
def test_bad_wwns(text: str) -> None:
    assert "is no WWN" in array_faults(luns=[text])[0]


@pytest.mark.parametrize(
    "name", ["eva", "iqn.1986-03", "iqn.86-03.com.hp:x", "iqn.1986-03.com.hp:ü", "{{ iqn }}", "i" * 224]
)
def test_bad_target_names(name: str) -> None:
    assert "is no iSCSI name" in array_faults(targets=[name])[0]


def test_targets_are_named_once_in_any_spelling() -> None:
    names = ["iqn.1986-03.com.hp:Eva01", "iqn.1986-03.com.hp:eva01", "eui.0123456789abcdef"]
    assert read_array(targets=names).targets == (names[0], names[2])
