# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that pairs NICs and target portals."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence
from ipaddress import ip_interface

from ansible.errors import AnsibleFilterError

from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Mesh
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.mesh import match
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import (
    BadWish,
    Faults,
    from_system,
    nics_and_portals,
    resolve_portals,
)

DOCUMENTATION = r"""
name: mesh
short_description: Which NIC belongs to which target portal
version_added: 0.1.0
author:
  - The eva.mpio authors (@eva-mpio)
description:
  - Pairs NICs and target portals as M(eva.mpio.session) does, to look at a layout before any host is touched.
positional: _input, portals
options:
  _input:
    description:
      - NICs, each C(address/prefix) or a mapping with C(address) (with its prefix) and C(fabric).
    type: list
    elements: raw
    required: true
  portals:
    description: Target portals as in O(eva.mpio.session#module:arrays[].portals).
    type: list
    elements: raw
    required: true
  mesh:
    description: The rule, as in O(eva.mpio.session#module:mesh).
    type: str
    default: subnet
    choices: [subnet, fabric, full, explicit]
"""

EXAMPLES = r"""
- name: Show the paths of a layout
  ansible.builtin.debug:
    msg: "{{ ['10.10.1.11/24', '10.10.2.11/24'] | eva.mpio.mesh(['10.10.1.21', '10.10.2.21']) }}"
"""

RETURN = r"""
_value:
  description: One mapping for each path, with C(nic), C(portal) and C(tcp_port).
  type: list
  elements: dict
"""


def pair(nics: Sequence[t.Any], portals: Sequence[t.Any], mesh: str = "subnet") -> list[dict[str, t.Any]]:
    """Return the pairs of NICs and portals that belong together."""
    try:
        rule = Mesh(mesh)
        for item in nics:
            if rule is Mesh.SUBNET and "/" not in str(item["address"] if isinstance(item, dict) else item):
                raise ValueError(f"{item!r} has no prefix length, such as /24, to tell its subnet")
        interfaces = [ip_interface(item["address"] if isinstance(item, dict) else item) for item in nics]
        bare = [
            {**item, "address": str(interface.ip)} if isinstance(item, dict) else str(interface.ip)
            for item, interface in zip(nics, interfaces, strict=True)
        ]
        faults = Faults()
        portals = resolve_portals(portals, "portals", faults, from_system)
        wanted_nics, wanted_portals = nics_and_portals(bare, portals, rule, faults)
        faults.check()
    except (BadWish, ValueError, KeyError, TypeError) as error:
        raise AnsibleFilterError(f"mesh: {error}") from error
    return [
        {"nic": str(route.nic), "portal": str(route.portal.address), "tcp_port": route.portal.tcp_port}
        for route in match(wanted_nics, wanted_portals, interfaces, rule).pairs
    ]


class FilterModule:
    """Offers the filter to Ansible."""

    def filters(self) -> dict[str, t.Callable[..., list[dict[str, t.Any]]]]:
        """Return the filter under its name."""
        return {"mesh": pair}
