# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Identity of the iSCSI initiator."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  node_name:
    description:
      - The initiator's node name (IQN). Without it the name stays as it is.
      - At most 223 lower-case letters, digits, C(-), C(.) and C(:), which is what an EVA takes.
      - Changed only while no session exists, because the array keys its presentations by this name.
    type: str
  mutual_chap_secret:
    description:
      - The initiator's own secret, which targets prove in mutual CHAP, 12 to 16 bytes. There is one for the host.
      - It travels as a method argument and cannot be read back.
    type: str
  update_password:
    description:
      - When to set O(mutual_chap_secret). V(on_create) sets it while no stored login uses mutual CHAP, V(always) on
        every run.
    type: str
    default: on_create
    choices: [on_create, always]
"""
