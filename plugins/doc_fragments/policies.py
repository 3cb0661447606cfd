# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Load-balance policies of the Microsoft DSM."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  lun_policies:
    description:
      - Load-balance policy for each LUN by its WWN in any notation, for LUNs by a shell pattern of WWNs
        (C(6001-4380*)), and under the key V(default) for all other EVA LUNs. A WWN wins over patterns, the first
        pattern that matches over V(default).
      - A WWN that is not there fails the task after all else was done; a pattern that matches nothing is a note. So
        what is wished for LUNs of one host belongs to its own variables, and patterns to those of groups.
      - Policies are V(failover_only), V(round_robin), V(round_robin_with_subset), V(least_queue_depth),
        V(weighted_paths) and V(least_blocks). V(clear) takes a LUN's own policy away, so that the defaults decide.
      - V(round_robin) on a LUN with asymmetric paths becomes V(round_robin_with_subset) by Windows' own doing, which
        counts as fulfilled.
      - V(least_queue_depth) is refused unless O(allow_least_queue_depth) is set, and V(least_blocks) before Windows
        Server 2008 R2.
      - Instead of its name alone, a policy can be a mapping with the keys C(policy), C(preferred) and C(paths).
      - C(preferred), for V(failover_only), is a mapping with one or more of C(nic), C(portal) and C(controller), and
        tells which path is used while it works. On Windows Server 2003 nothing keeps that preference; the path is made
        the active one by each run. Where access is asymmetric, the path is preferred, and one that the array has
        optimised is used while there is one.
      - C(paths) is a list of mappings with the same keys, and C(state) (V(active) or V(standby), for
        V(round_robin_with_subset) and V(failover_only)) or C(weight) (a whole number, for V(weighted_paths), where the
        path with the lowest one is used). The first that fits a path counts. Paths that are not named keep what they
        have, also when the wish is taken back later; V(clear) gives all of them back what Windows gives them.
      - Paths are never told by Windows' own ids, because those change. C(controller) is one that the layout declares
        with its portals, or C(target port group N) where Windows tells it. M(eva.mpio.lun_policy) has no layout, so
        there only the latter.
      - HP asks for V(failover_only) on raw disks (HP MPX200 user guide, page 97).
    type: dict
    default: {}
  explicit_policies:
    description:
      - Whether a LUN of O(lun_policies) whose policy is right because of a default gets it as its own, so that a later
        change of the default leaves it alone. Not on Windows Server 2003, of whose DSM nobody knows where it keeps
        that. Refused without O(lun_policies).
    type: bool
    default: false
  hardware_id_policies:
    description:
      - What the Microsoft DSM gives LUNs without a policy of their own, by model (V(P6300)), product id (V(HSV340)) or
        hardware id (vendor padded to 8 characters, and product), also of other arrays.
      - V(failover_only), V(round_robin), V(least_queue_depth) or V(least_blocks), and V(clear) for none.
      - From Windows Server 2008 R2 on; before, nothing is known to set it. Whether it reaches LUNs that were there
        before differs between sources, so what a LUN must have belongs into O(lun_policies). A LUN that a default has
        not reached is named in a note, and gets no step.
    type: dict
    default: {}
  dsm_policy:
    description:
      - The same for all LUNs of the Microsoft DSM that neither have a policy of their own nor one by their hardware id,
        those of other arrays included.
    type: str
    choices: [failover_only, round_robin, least_queue_depth, least_blocks, clear]
  allow_least_queue_depth:
    description:
      - Whether V(least_queue_depth) may be wished for, although MPIO does not support it on EVA through iSCSI (HP
        MPX200 user guide, page 97).
    type: bool
    default: false
"""
