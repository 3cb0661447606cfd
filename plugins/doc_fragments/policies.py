# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Load-balance policies of LUNs."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  lun_policies:
    description:
      - Load-balance policy for each LUN by its WWN, and under the key V(default) for all other EVA LUNs.
      - Policies are V(failover_only), V(round_robin), V(round_robin_with_subset), V(weighted_paths) and
        V(least_blocks). V(least_queue_depth) is refused, because HP does not support it on EVA through iSCSI
        (HP MPX200 user guide, page 97).
      - V(round_robin) on a LUN with asymmetric paths becomes V(round_robin_with_subset) by Windows' own doing, which
        counts as fulfilled.
    type: dict
    default: {}
"""
