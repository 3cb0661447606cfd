# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters, as templates call them."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.eva.mpio.plugins.filter import hardware_id, mesh

build = hardware_id.FilterModule().filters()["hardware_id"]
pair = mesh.FilterModule().filters()["mesh"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("P6300", "HP      HSV340          "),
        ("p6350", "HP      HSV340          "),
        ("EVA 4400", "HP      HSV300          "),
        ("HSV450", "HP      HSV450          "),
        ({"vendor": "NFINIDAT", "product": "InfiniBox"}, "NFINIDATInfiniBox       "),
        ({"vendor": "", "product": ""}, " " * 24),
    ],
)
def test_hardware_ids_have_24_characters(value: object, expected: str) -> None:
    assert build(value) == expected
    assert len(expected) == 24


def test_an_eva5000_needs_the_product_and_only_vcs_4_is_taken() -> None:
    assert build("EVA5000", product="HSV111") == "HP      HSV111          "
    with pytest.raises(AnsibleFilterError, match="HSV110 or"):
        build("EVA5000")
    with pytest.raises(AnsibleFilterError, match="active/passive"):
        build("EVA5000", product="HSV110")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("MSA2000", "no EVA or P6000 model"),
        ({"vendor": "HP"}, "must have the keys vendor and product"),
        ({"vendor": "HP", "product": "X", "model": "Y"}, "must have the keys vendor and product"),
        ({"vendor": "HEWLETT-PACKARD", "product": "HSV340"}, "at most 8"),
        (7, "neither a model nor a mapping"),
    ],
)
def test_what_is_no_hardware_id_is_refused(value: object, sentence: str) -> None:
    with pytest.raises(AnsibleFilterError, match=sentence):
        build(value)


def test_nics_and_portals_are_paired_by_subnet() -> None:
    paths = pair(["10.0.41.11/24", "10.0.42.11/24"], ["10.0.41.10", "10.0.42.10:3261"])
    assert paths == [
        {"nic": "10.0.41.11", "portal": "10.0.41.10", "tcp_port": 3260},
        {"nic": "10.0.42.11", "portal": "10.0.42.10", "tcp_port": 3261},
    ]


def test_a_portal_without_a_nic_in_its_subnet_is_bound_to_none() -> None:
    assert [path["portal"] for path in pair(["10.0.41.11/24"], ["10.0.41.10", "10.0.42.10"])] == ["10.0.41.10"]


def test_the_fabric_decides_where_it_is_the_rule() -> None:
    nics = [{"address": "10.0.1.11/16", "fabric": "a"}, {"address": "10.0.2.11/16", "fabric": "b"}]
    portals = [{"address": "10.0.9.1", "fabric": "b"}]
    assert pair(nics, portals, mesh="fabric") == [{"nic": "10.0.2.11", "portal": "10.0.9.1", "tcp_port": 3260}]
    assert len(pair(nics, portals, mesh="subnet")) == 2


def test_portals_name_their_nics_where_the_mesh_is_explicit() -> None:
    portals = [{"address": "10.0.9.1", "nics": ["10.0.1.11"]}, {"address": "10.0.1.2", "nics": ["10.0.2.11"]}]
    paths = pair(["10.0.1.11/24", "10.0.2.11/24"], portals, mesh="explicit")
    assert [(path["nic"], path["portal"]) for path in paths] == [("10.0.1.11", "10.0.9.1"), ("10.0.2.11", "10.0.1.2")]
    with pytest.raises(AnsibleFilterError, match="not among those of the option nics"):
        pair(["10.0.2.11/24"], portals[:1], mesh="explicit")


def test_portals_by_name_are_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mesh, "from_system", {"eva01.example.com": ("10.0.41.10",)}.__getitem__)
    assert pair(["10.0.41.11/24"], ["eva01.example.com"])[0]["portal"] == "10.0.41.10"


@pytest.mark.parametrize(
    ("nics", "portals", "sentence"),
    [
        (["10.0.41.11/24"], ["", "10.0.41.300"], "an IP address is needed here.*no IP address"),
        (["nonsense"], ["10.0.41.10"], "nonsense"),
        (["10.0.41.11/24"], [], "the list is empty"),
    ],
)
def test_bad_input_is_named(nics: list[object], portals: list[object], sentence: str) -> None:
    with pytest.raises(AnsibleFilterError, match=sentence):
        pair(nics, portals)
