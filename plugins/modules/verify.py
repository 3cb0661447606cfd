# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only; the work is done by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: verify
short_description: Fail unless redundancy is proven for every declared LUN
version_added: 0.1.0
description:
  - For each LUN of the declared arrays it checks that losing any one NIC, adapter, fabric, module, target portal or
    known controller leaves a working path, that every path of the layout works and is stored, and that the policy is
    the wished one.
  - It also fails when a declared portal tells of no target, when a LUN is visible outside MPIO or belongs to another
    DSM than O(dsm), and when the initiator service does not start with Windows.
  - It fails as well while HP's DSM is there beside LUNs of the Microsoft DSM, because both would claim them when
    Windows starts again.
  - A count of paths is no proof, and neither is no LUN.
  - Policies of HP's DSM are judged where O(hp_policies) says which they shall be, because only a command of yours tells
    them. A LUN whose policy it does not tell is not proven then.
  - With O(cluster_nodes) it also fails when the nodes of a failover cluster have not the same DSM in the same version,
    or not the same policy for a LUN that they share.
author:
  - The eva.mpio authors (@eva-mpio)
extends_documentation_fragment:
  - eva.mpio.layout
  - eva.mpio.dsm
  - eva.mpio.dsm.name
  - eva.mpio.policies
  - eva.mpio.hp_policies
  - eva.mpio.release
  - eva.mpio.attributes.info_module
options:
  cluster_nodes:
    description:
      - The other nodes of the failover cluster that this host is a node of, each as
        RV(eva.mpio.host_info#module:host) of that node, with at least C(dsms) and C(disks) read. This host may be among
        them.
      - A node of the cluster that is missing here fails the task, and so does what is unknown on one of the nodes.
      - Windows shows each policy of HP's DSM as vendor specific, so that only the DSM is compared, unless
        O(hp_policies) asks for policies. Then C(hp_policies) must have been read there, too, with
        O(eva.mpio.host_info#module:hp_policy_show) and O(eva.mpio.host_info#module:hp_policy_pattern).
    type: list
    elements: dict
    default: []
notes:
  - Works over P(ansible.builtin.winrm#connection) only and needs nothing on the host but WinRM, no PowerShell and
    no Python. Set C(gather_facts) to false, because Ansible's own fact gathering needs PowerShell.
seealso:
  - module: eva.mpio.host
  - ref: ansible_collections.eva.mpio.docsite.guide_plan
    description: How the verdict and its reasons read.
  - ref: ansible_collections.eva.mpio.docsite.guide_dsm
    description: How the nodes of a cluster are compared.
"""

EXAMPLES = r"""
- name: Prove it
  eva.mpio.verify:
    lun_policies:
      default: round_robin_with_subset
    arrays:
      - name: eva01
        model: P6300
        portals:
          - {address: 10.10.1.21, controller: A}
          - {address: 10.10.2.21, controller: A}
          - {address: 10.10.1.22, controller: B}
          - {address: 10.10.2.22, controller: B}
    nics: [10.10.1.11, 10.10.2.11]

- name: Prove it under HP's DSM, with the policies that a tool of yours tells
  eva.mpio.verify:
    arrays: "{{ multipath_arrays }}"
    nics: "{{ multipath_nics }}"
    dsm: hp
    hp_policies:
      default: sqst
    hp_policy_show: [evatool, show, "lun={wwn}"]
    hp_policy_pattern: 'policy *= *(?P<policy>[A-Z]+)'

- name: Read what the nodes of a cluster have
  eva.mpio.host_info:
    gather_subset: [cluster, dsms, disks]
  register: node

- name: Prove it on each node, and that the nodes agree
  eva.mpio.verify:
    arrays: "{{ multipath_arrays }}"
    nics: "{{ multipath_nics }}"
    cluster_nodes: "{{ ansible_play_hosts | map('extract', hostvars, ['node', 'host']) }}"
"""

RETURN = r"""
proven:
  description: Whether redundancy is proven for every declared LUN, and the nodes of O(cluster_nodes) agree.
  returned: always
  type: bool
  sample: true
luns:
  description: The verdict on each visible LUN of the declared arrays, by array and WWN.
  returned: always
  type: list
  elements: dict
  contains:
    wwn:
      description: WWN of the LUN.
      type: str
      sample: 6001438005DF0A110000500000010000
    array:
      description: Name of its array.
      type: str
      sample: eva01
    paths_working:
      description: Paths that can carry I/O.
      type: int
      sample: 4
    paths_wanted:
      description: Paths that the layout gives, also those whose portal tells of no target.
      type: int
      sample: 4
    nics:
      description: NIC addresses of the working paths, sorted.
      type: list
      elements: str
    fabrics:
      description: Their fabrics, declared or the subnet.
      type: list
      elements: str
    portals:
      description: Their target portals.
      type: list
      elements: str
    controllers:
      description:
        - Controllers behind them as declared for all of them or else as the target port groups that Windows tells.
        - Null when not known. Losing a controller is not judged then, and a note in RV(findings) says so.
      type: list
      elements: str
    policy:
      description: Load-balance policy as Windows tells it, V(vendor_specific) for each of HP's DSM.
      type: str
      sample: round_robin_with_subset
    hp_policy:
      description: Policy of HP's DSM, where O(hp_policies) asks for any and O(hp_policy_show) tells it, else null.
      type: str
      sample: sqst
    persistent_logins:
      description: Paths of the layout whose persistent login is right.
      type: int
      sample: 4
    proven:
      description:
        - Whether losing any one NIC, adapter, fabric, module, target portal or known controller leaves a working path,
          and everything else that is wanted of the LUN is there. RV(luns[].reasons) is empty then.
      type: bool
      sample: true
    reasons:
      description: What speaks against it.
      type: list
      elements: str
nodes:
  description: How each of O(cluster_nodes) compares with this host.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Its computer name.
      type: str
      sample: FILES02
    luns:
      description: WWNs of the LUNs of the declared arrays that both see.
      type: list
      elements: str
    equal:
      description: Whether it has the same DSM in the same version, and the same policy for each of RV(nodes[].luns).
      type: bool
      sample: true
    differences:
      description: What is different, or not known.
      type: list
      elements: str
findings:
  description: What was found wrong or worth saying.
  returned: always
  type: list
  elements: dict
  contains:
    severity:
      description: V(refusal) and V(problem) fail the task, V(note) does not.
      type: str
      sample: note
    side:
      description: Whose side it is on, V(host), V(network), V(array) or V(wish).
      type: str
      sample: network
    where:
      description: NIC, target portal, target or LUN concerned.
      type: str
    text:
      description: What is wrong and what to do.
      type: str
msg:
  description: What failed the task, in one sentence or several.
  returned: when the task fails
  type: str
faults:
  description: Everything that is wrong with the arguments, when they were refused before anything was sent to the host.
  returned: when arguments are refused
  type: list
  elements: str
"""
