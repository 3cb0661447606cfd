# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Ansible inventory of a fleet: how to reach each server, and what is declared for the role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .spec import TWO_PRODUCTS, ArraySpec, FleetSpec, HostSpec, NicSpec, PortSpec
from .windows.hp_dsm import DsmPackageSpec
from .windows.switches import Switches

GROUP = "lab"
SILENT = ("/quiet", "/passive")
"""How the initiator package of Server 2003 runs without a question."""
HP_SILENT = Switches().hp_dsm_silent_argument


@dataclass(frozen=True)
class Endpoint:
    """Where a server's WinRM service really listens."""

    address: str
    port: int


def inventory(
    spec: FleetSpec,
    endpoints: Mapping[str, Endpoint],
    authority: Path | None,
    access: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return the inventory as Ansible's yaml plugin reads it.

    Args:
        spec: the fleet
        endpoints: by server name
        authority: the certificate that HTTPS clients have to trust, None where no server speaks HTTPS
        access: by server name, the variables that its way of signing in needs besides the usual ones
    """
    return {
        "all": {
            "children": {
                GROUP: {
                    "hosts": {
                        host.name: {
                            **_host(host, spec, endpoints[host.name], authority),
                            **(access or {}).get(host.name, {}),
                        }
                        for host in spec.hosts
                    },
                    "vars": _group(spec),
                }
            }
        }
    }


def write(inventory_: Mapping[str, Any], path: Path) -> None:
    """Write an inventory file that only its owner may read, for it holds the servers' passwords."""
    path.touch(mode=0o600)
    path.write_text(text(inventory_), encoding="utf-8")


def text(inventory_: Mapping[str, Any]) -> str:
    """Return an inventory as YAML that ansible-lint takes, for the file may lie in a checkout."""
    return yaml.dump(dict(inventory_), Dumper=_Indented, sort_keys=False)


class _Indented(yaml.SafeDumper):
    """Indents lists, which yamllint's rule ``indentation`` wants as ansible-lint sets it."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _group(spec: FleetSpec) -> dict[str, Any]:
    variables: dict[str, Any] = {
        "ansible_connection": "winrm",
        "multipath_arrays": [_array(array, spec) for array in spec.arrays if array.managed],
        "multipath_dsm": spec.dsm,
    }
    if spec.named_fabrics:
        variables["multipath_mesh"] = "fabric"
    return variables


def _host(host: HostSpec, spec: FleetSpec, endpoint: Endpoint, authority: Path | None) -> dict[str, Any]:
    variables: dict[str, Any] = {
        "ansible_host": endpoint.address,
        "ansible_port": endpoint.port,
        "ansible_user": host.user,
        "ansible_password": host.password,
        "ansible_winrm_scheme": host.winrm.scheme,
        "ansible_winrm_transport": host.winrm.transport,
        "multipath_nics": [_nic(nic) for nic in host.nics],
    }
    if host.package is not None and not host.package.installed:
        variables["multipath_package"] = {"path": host.package.path, "arguments": list(SILENT)}
    if host.dsm is not None:
        variables["multipath_dsm"] = host.dsm
    if host.dsm_package is not None:
        variables["multipath_dsm_package"] = _dsm_package(host.dsm_package, host)
    if host.winrm.scheme == "https":
        variables["ansible_winrm_ca_trust_path"] = str(authority)
    if host.chap is not None:
        chap = {
            "chap_user": host.chap.name or host.node_name,
            "chap_secret": host.chap.secret,
            "mutual_chap": host.chap.mutual_secret is not None,
        }
        variables["multipath_arrays"] = [{**_array(array, spec), **chap} for array in spec.arrays if array.managed]
        if host.chap.mutual_secret is not None:
            variables["multipath_mutual_chap_secret"] = host.chap.mutual_secret
    return variables


def _dsm_package(kit: DsmPackageSpec, host: HostSpec) -> dict[str, Any]:
    silent = [host.switches.get("hp_dsm_silent_argument", HP_SILENT)]
    return {
        "path": kit.path,
        "arguments": silent,
        "removal_path": kit.removal_path,
        "removal_arguments": silent,
        "version": kit.version,
        "driver": host.switches.get("hp_dsm_driver", Switches().hp_dsm_driver),
    }


def _nic(nic: NicSpec) -> str | dict[str, str]:
    return {"address": nic.address, "fabric": nic.fabric} if nic.fabric else nic.address


def _array(array: ArraySpec, spec: FleetSpec) -> dict[str, Any]:
    counts = [sum(lun.array == array.name for lun in host.luns) for host in spec.hosts]
    declared: dict[str, Any] = {
        "name": array.name,
        "model": array.model or array.product,
        "portals": [_portal(port) for port in array.ports],
        "minimum_luns": max(1, min(counts)),
    }
    if array.model in TWO_PRODUCTS:
        declared["product"] = array.product
    return declared


def _portal(port: PortSpec) -> dict[str, Any]:
    details = {
        "address": port.address,
        "controller": port.controller,
        "module": port.module,
        "fabric": port.fabric,
        "tcp_port": None if port.tcp_port == 3260 else port.tcp_port,
    }
    return {name: value for name, value in details.items() if value}
