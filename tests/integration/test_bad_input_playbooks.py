# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Broken inventories under the role: refused with a sentence, and nothing is sent.

What the role's argument spec refuses is refused in Ansible's own words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration.playbook import Run
from ansible_collections.eva.mpio.tests.integration.stage import PORTALS, Stage, fleet_of, server, staged

GOOD = "good"


def eva(**changes: Any) -> list[dict[str, Any]]:
    """Declare the array, with something wrong."""
    return [{"name": "eva01", "model": "P6300", "portals": list(PORTALS), **changes}]


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "text": ({"multipath_arrays": "eva01"}, "arrays"),
    "number": ({"multipath_arrays": 5}, "arrays"),
    "nothing": ({"multipath_arrays": None}, "arrays"),
    "mapping": ({"multipath_arrays": eva()[0]}, "arrays"),
    "listoflists": ({"multipath_arrays": [eva()]}, "arrays"),
    "holes": ({"multipath_arrays": [None, *eva()]}, "arrays"),
    "undefined": ({"multipath_nics": "{{ nowhere }}"}, "nowhere"),
    "circle": ({"multipath_nics": "{{ multipath_nics }}"}, "ecursive"),
    "typo": ({"multipath_arrays": eva(protals=[])}, "protals"),
    "portalnumber": ({"multipath_arrays": eva(portals=[10.5])}, "10.5"),
    "portalnull": ({"multipath_arrays": eva(portals=[None])}, "portals"),
    "octal": ({"multipath_arrays": eva(portals=["10.10.1.021"])}, "10.10.1.021"),
    "wide": ({"multipath_arrays": eva(portals=["\uff11\uff10.10.1.21"])}, "portals"),
    "prefix": ({"multipath_nics": ["10.10.1.300/24"]}, "10.10.1.300"),
    "twice": ({"multipath_arrays": [*eva(), *eva()]}, "2 times"),
    "many": ({"multipath_arrays": eva() * 300}, "300 times"),
    "policy": ({"multipath_lun_policies": ["round_robin"]}, "lun_policies"),
    "yes": ({"multipath_reboot": "perhaps"}, "reboot"),
    "negative": ({"multipath_device_timeout": -1}, "device_timeout"),
    "words": ({"multipath_minimum_paths": "two"}, "minimum_paths"),
    "dsm": ({"multipath_dsm": "none"}, "dsm"),
    "secret": ({"multipath_arrays": eva(chap_user="host", chap_secret=True)}, "chap_secret"),
    "control": ({"multipath_node_name": "iqn.1991-05.com.microsoft:\u202ea"}, "node_name"),
    "purge": ({"multipath_purge": "everything"}, "purge"),
}
"""By the server's name: variables that cannot be, and what the refusal has to name."""


@dataclass(frozen=True)
class Story:
    """One run of the role over servers with broken variables, and one with good ones."""

    stage: Stage
    run: Run


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Run the role once."""
    hosts = [server(name, number) for number, name in enumerate([*BROKEN, GOOD], start=1)]
    with staged(fleet_of(*hosts), tmp_path_factory.mktemp("broken")) as stage:
        changes = {name: variables for name, (variables, _unused) in BROKEN.items()}
        role = {"name": "Provision", "ansible.builtin.include_role": {"name": "eva.mpio.multipath"}}
        changes[GOOD] = {"multipath_reboot": True, "multipath_pre_reboot_delay": 0}
        yield Story(stage, stage.play([role], "-v", changes=changes))


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_inventory_is_refused_and_nothing_is_sent(story: Story, name: str) -> None:
    result = story.run.of(name)
    assert result.status == "failed"
    assert BROKEN[name][1] in result.message
    assert story.stage.requests(name) == {}


def test_the_others_are_provisioned_all_the_same(story: Story) -> None:
    story.stage.is_redundant(GOOD)


def test_nobody_sees_a_traceback(story: Story) -> None:
    assert "Traceback" not in story.run.output
