# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared layout: arrays, NICs and which belongs to which."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  arrays:
    description:
      - The arrays that the host reaches, each with its target portals.
      - Only what stands here is logged in to, however many portals an array offers.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: A name for messages and reports.
        type: str
        required: true
      model:
        description:
          - Model as HP sells it (V(P6300), V(EVA4400)) or the product id it answers with (V(HSV340)).
          - A model that is active/passive is refused, because iSCSI multipath needs an active/active array
            (HP P63x0/P65x0 user guide, page 100).
        type: str
      product:
        description:
          - The product id that hosts see, for the models V(EVA3000) and V(EVA5000), which are active/active only with
            controller software VCS 4 (V(HSV101), V(HSV111)).
        type: str
      portals:
        description:
          - The array's target portals, each an IP address, C(address:port), or a mapping.
          - A mapping has the keys C(address), C(tcp_port) (1 to 65535, default 3260), C(fabric) (the network it is
            on, for O(mesh=fabric)), C(module) (the iSCSI module it is a port of) and C(controller) (what is behind
            it). Module and controller serve the proof of redundancy and are never guessed.
        type: list
        elements: raw
        required: true
      targets:
        description:
          - Names of the targets to use. Without it all that the portals tell of are used.
        type: list
        elements: str
        default: []
      luns:
        description:
          - WWNs of LUNs that must be visible and redundant, 16 or 32 hexadecimal digits, with or without C(-) or C(:).
        type: list
        elements: str
        default: []
      minimum_luns:
        description:
          - How many LUNs must be visible and redundant at least, 1 or more. No LUN is no proof.
        type: int
        default: 1
      chap_user:
        description: CHAP name that the host gives at login.
        type: str
      chap_secret:
        description:
          - CHAP secret that the host proves, 12 to 16 bytes as Microsoft's initiator takes it.
          - It is typed on the tool's standard input, never on a command line.
        type: str
      mutual_chap:
        description:
          - Whether the target must prove itself too, with the initiator's own secret (see M(eva.mpio.initiator)).
        type: bool
        default: false
  nics:
    description:
      - The NIC addresses of this host that carry sessions, each an IP address or a mapping with the keys C(address)
        and C(fabric).
      - An address that the host does not have is an error. Adapters themselves are never changed.
    type: list
    elements: raw
    required: true
  mesh:
    description:
      - Which NIC belongs to which target portal.
      - V(subnet) pairs a NIC with the portals in its own subnet, V(fabric) those that name the same fabric, V(full)
        every NIC with every portal of its address family.
      - A NIC or a portal that finds no partner is reported, never guessed.
    type: str
    default: subnet
    choices: [subnet, fabric, full]
"""
