# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is removed besides making what is declared."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  purge:
    description:
      - What is removed of that which is not declared and leads to a declared array. Without it nothing is.
      - V(stale) is what belongs to a declared target over a path that is not declared, or is more than
        O(eva.mpio.session#module:sessions_per_path) of one, or has a port number that no NIC has any more; and
        discovery portals at a declared address that are bound to no declared NIC, or at another address through which
        alone a declared array was discovered.
      - V(undeclared) is what belongs to a target that is not declared, at a declared target portal of an array with
        O(arrays[].targets). Without them every target of the array is declared.
      - What leads to other arrays is never touched. Nothing is removed of an array before every declared path of it
        is live, stored and in effect, so an array that does not answer loses nothing.
      - A stored login goes before its session. A session stays where a disk in use would keep fewer working paths
        than are declared, or where it shows a disk in use outside MPIO, a disk of a cluster or the boot disk.
    type: list
    elements: str
    default: []
    choices: [stale, undeclared]
  purge_limit:
    description:
      - How many stored logins, sessions and discovery portals one run removes at most, 1 or more. What is left over is
        listed and fails the task; the returned steps have it, too, and say that it waits for a higher limit.
    type: int
    default: 16
"""
