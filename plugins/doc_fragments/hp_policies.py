# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies of HP's DSM.

C(eva.mpio.hp_policies) says which they shall be and how they are read, C(eva.mpio.hp_policies.set) how one is set.
"""

from __future__ import annotations


class ModuleDocFragment:
    # Which policies LUNs shall have, and what shows those that they have.
    DOCUMENTATION = r"""
options:
  hp_policies:
    description:
      - Policy of HP's DSM for each LUN by its WWN, by a shell pattern of WWNs, and under the key V(default) for all
        other EVA LUNs, as in O(lun_policies).
      - V(rr) round robin, V(sqst) shortest queue by service time (HP's default), V(sqr) shortest queue by requests,
        V(sqb) shortest queue by bytes, V(nlb) no load balancing (HP MPIO Full Featured DSM for EVA, installation and
        reference guide). All LUNs of a logical unit group share one, says HP.
      - Windows shows each of them as vendor specific, and no public document tells the commands of HP's DSM for them.
        So O(hp_policy_show) must say which one shows them on your hosts, and O(hp_policy_pattern) how to read it.
    type: dict
    default: {}
  hp_policy_show:
    description:
      - The command that shows policies, as a list of words, the program first. In each word V({wwn}) becomes the WWN of
        a LUN (32 digits in upper case) and V({disk}) the number of its MPIO disk.
      - With one of the two it is run for each LUN of a vendor's DSM, all in one command line, otherwise once for all.
      - Words are handed to the program as they are; nothing in them means anything to the command shell.
    type: list
    elements: str
    default: []
  hp_policy_pattern:
    description:
      - Regular expression (Python's, letter case aside, C(^) and C($) at each line) that finds the policy in what
        O(hp_policy_show) prints, in its group C(policy), as one of the five names above.
      - A search that does not end within 10 seconds is given up, and no policy is known then; repetitions inside
        repetitions cause that.
      - Where the command is run once for all LUNs, its group C(wwn) finds the WWN, in any notation.
    type: str
"""

    # What sets one.
    SET = r"""
options:
  hp_policy_set:
    description:
      - The command that sets the policy of HP's DSM for a LUN, as a list of words like O(hp_policy_show). It must be
        given with O(hp_policies).
      - V({policy}) becomes C(RR), C(SQST), C(SQR), C(SQB) or C(NLB), V({wwn}) and V({disk}) are as there. It must have
        V({policy}), and V({wwn}) or V({disk}).
    type: list
    elements: str
    default: []
"""
