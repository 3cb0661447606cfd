# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory of a fleet: what is written for the role where the fleet is no plain one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.eva.mpio.tests.lab import inventory, spec_file

PORTS = [
    {"address": "10.10.1.21", "controller": "A", "fabric": "red", "module": 1, "tcp_port": 3261},
    {"address": "fd00::22", "controller": "B", "fabric": "blue"},
]
NICS = [{"address": "10.20.1.11/24", "fabric": "red"}, {"address": "fd00::11/64", "fabric": "blue"}]


def of(array: dict[str, Any], **host: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the variables of the group and of the one server."""
    spec = spec_file.parse(
        {
            "arrays": [{"name": "eva01", "ports": PORTS, **array}],
            "hosts": [{"name": "win1", "nics": NICS, "luns": 2, **host}],
        }
    )
    endpoints = {"win1": inventory.Endpoint("127.90.0.1", 5986)}
    group = inventory.inventory(spec, endpoints, Path("/lab/ca.pem"))["all"]["children"]["lab"]
    return group["vars"], group["hosts"]["win1"]


def test_fabrics_modules_and_ports() -> None:
    group, host = of({"model": "P6300"})
    assert group["multipath_mesh"] == "fabric"
    assert group["multipath_arrays"][0]["portals"] == [
        {"address": "10.10.1.21", "controller": "A", "module": "1", "fabric": "red", "tcp_port": 3261},
        {"address": "fd00::22", "controller": "B", "fabric": "blue"},
    ]
    assert host["multipath_nics"] == [
        {"address": "10.20.1.11", "fabric": "red"},
        {"address": "fd00::11", "fabric": "blue"},
    ]


def test_a_model_of_two_products_names_its_product() -> None:
    group, _unused = of({"model": "EVA5000", "product": "HSV111"})
    assert (group["multipath_arrays"][0]["model"], group["multipath_arrays"][0]["product"]) == ("EVA5000", "HSV111")
    group, _unused = of({"product": "HSV450"})
    assert group["multipath_arrays"][0]["model"] == "HSV450"


def test_https_names_the_authority_to_trust() -> None:
    _unused, host = of({"model": "P6300"}, winrm={"scheme": "https"})
    assert host["ansible_winrm_ca_trust_path"] == "/lab/ca.pem"
    _unused, host = of({"model": "P6300"})
    assert "ansible_winrm_ca_trust_path" not in host


def test_chap_stands_with_the_server_that_has_it() -> None:
    group, host = of(
        {"model": "P6300"},
        chap={"secret": "secret-of-win1", "mutual_name": "eva01", "mutual_secret": "secret-of-eva1"},
    )
    array = host["multipath_arrays"][0]
    assert (array["chap_user"], array["chap_secret"], array["mutual_chap"]) == (
        "iqn.1991-05.com.microsoft:win1",
        "secret-of-win1",
        True,
    )
    assert host["multipath_mutual_chap_secret"] == "secret-of-eva1"
    assert "chap_secret" not in group["multipath_arrays"][0]
    _unused, host = of({"model": "P6300"}, chap={"secret": "secret-of-win1", "name": "win1"})
    assert host["multipath_arrays"][0]["mutual_chap"] is False
    assert "multipath_mutual_chap_secret" not in host


def test_the_package_of_2003_stands_with_its_server() -> None:
    path = "D:\\files\\iscsi.exe"
    _unused, host = of({"model": "P6300"}, release="2003", initiator_package={"path": path})
    assert host["multipath_package"] == {"path": path, "arguments": ["/quiet", "/passive"]}
    _unused, host = of({"model": "P6300"}, release="2003", initiator_package={"path": path, "installed": True})
    assert "multipath_package" not in host


def test_the_file_is_one_that_ansible_lint_takes(tmp_path: Path) -> None:
    spec = spec_file.load(Path(spec_file.__file__).parent / "fleets" / "mixed.yml")
    endpoints = {host.name: inventory.Endpoint("127.90.0.1", 5985) for host in spec.hosts}
    whole = inventory.inventory(spec, endpoints, None)
    path = tmp_path / "hosts.yml"
    inventory.write(whole, path)
    text = path.read_text(encoding="utf-8")
    assert yaml.safe_load(text) == whole
    lists = re.findall(r"^( *)\w+:\n( *)- ", text, re.MULTILINE)
    assert lists
    assert {len(item) - len(key) for key, item in lists} == {2}
    assert path.stat().st_mode & 0o777 == 0o600
