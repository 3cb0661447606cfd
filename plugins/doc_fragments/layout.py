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
          - The array's target portals, each an IP address, a DNS name, either with a port (C(address:port)), or a
            mapping.
          - A mapping has the keys C(address), C(tcp_port) (1 to 65535, default 3260), C(fabric) (the network it is
            on, for O(mesh=fabric)), C(nics) (a list of NIC addresses, for O(mesh=explicit)), C(module) (the iSCSI
            module it is a port of) and C(controller) (what is behind it). Module and controller serve the proof of
            redundancy and are never guessed.
          - A name is resolved on the controller at the start of the task. One that has several addresses is refused,
            because each of them is a target portal of its own.
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
          - It differs from the initiator's own secret. It is used for discovery as well.
        type: str
      mutual_chap:
        description:
          - Whether the target must prove itself too, with the initiator's own secret (see M(eva.mpio.initiator);
            M(eva.mpio.host) takes it itself and must be given it).
        type: bool
        default: false
      chap_after_first_login:
        description:
          - Whether the array learns of an initiator only when it logs in without CHAP (HP MPX200 user guide, page 101).
          - As long as the host has neither session nor stored login there, and while its sessions show no LUN, it
            logs in without CHAP then, and the result says to set the CHAP secret on the array too. Once LUNs are
            there the paths move to CHAP one by one.
        type: bool
        default: false
      header_digest:
        description:
          - Whether sessions protect the headers of iSCSI by a checksum (CRC32C). Without it nothing is said about it,
            and what sessions have is left as it is.
        type: bool
      data_digest:
        description: The same for the data.
        type: bool
  nics:
    description:
      - The NIC addresses of this host that carry sessions, each an IP address or a mapping with the keys C(address)
        and C(fabric).
      - An address that the host does not have is an error, and so is an address of a failover cluster, which moves from
        node to node. Adapters themselves are never changed.
    type: list
    elements: raw
    required: true
  mesh:
    description:
      - Which NIC belongs to which target portal.
      - V(subnet) pairs a NIC with the portals in its own subnet, V(fabric) those that name the same fabric, V(full)
        every NIC with every portal of its address family, V(explicit) those that each portal names in its C(nics).
      - Windows takes 32 paths a LUN. A mesh that gives more is refused.
      - A NIC or a portal that finds no partner is reported, never guessed.
    type: str
    default: subnet
    choices: [subnet, fabric, full, explicit]
"""
