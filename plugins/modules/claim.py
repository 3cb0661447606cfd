# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only; the work is done by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: claim
short_description: Let the Microsoft DSM claim EVA LUNs, or claim them no more
version_added: 0.1.0
description:
  - Adds hardware ids to what the Microsoft DSM claims, so that the paths of a LUN are joined to one disk, or takes them
    out of it.
  - Both of Windows' lists are read and must agree, that of MPIO and that of the DSM. An entry that is shorter than 24
    characters claims all that begins with it, and counts.
  - What only such an entry claims, or the one of O(all_iscsi), gets an entry of its own beside it. That needs no
    restart, and the wider entry can go then.
  - Never claims beside another DSM that owns the same disks, or beside HP's that is installed and registers with the
    next restart. A setup of HP's that M(eva.mpio.dsm) or M(eva.mpio.host) ran is known by a note on the host, and the
    claim waits for the restart. One that somebody ran by hand is known by its driver service only where its name
    looks like HP's, so restart Windows first.
  - Ids are built from models, or padded here when they are given; a wrongly padded id would silently match nothing.
  - On Windows Server 2003 the Microsoft DSM has no list and claims every iSCSI LUN. The module changes nothing there.
  - Does not restart Windows; RV(reboot_required) says whether it must be.
author:
  - The eva.mpio authors (@eva-mpio)
extends_documentation_fragment:
  - eva.mpio.release
  - eva.mpio.attributes
options:
  state:
    description:
      - V(present) claims. V(absent) gives up what is named exactly so. What is not claimed is named in RV(findings).
      - Nothing is given up while the Microsoft DSM has a disk with that id that no other entry claims, because its
        paths would be seen as disks one by one after the restart. Log the host out of the array first
        (M(eva.mpio.session)), or with O(all_iscsi) give its ids a claim of their own.
      - What a shorter entry or that of O(all_iscsi) covers as well stays claimed, and the task fails and names that
        entry.
      - On Windows Server 2008 C(mpclaim) removes MPIO itself together with the last id (help text of mpclaim 6.0).
    type: str
    default: present
    choices: [present, absent]
  models:
    description:
      - Models as HP sells them (V(P6300)) or product ids (V(HSV340)). An active/passive model is refused, unless
        O(state=absent).
    type: list
    elements: str
    default: []
  hardware_ids:
    description:
      - Hardware ids, the vendor padded with blanks to 8 characters followed by the product. The product is padded
        here.
      - One whose vendor is not padded (V(HP HSV450)) is refused, because it would be claimed and match no disk.
      - The entries of Windows for a whole bus are refused. See O(all_iscsi).
    type: list
    elements: str
    default: []
  all_iscsi:
    description:
      - Whether the entry that claims every iSCSI LUN of every array is claimed, or given up. It is
        C(MSFT2005iSCSIBusType_0x9), which "Add support for iSCSI devices" in Windows' own MPIO dialogue sets too.
      - Not needed for an EVA, and in the way of HP's DSM. Where it is there, the result says so.
    type: bool
    default: false
notes:
  - Works over P(ansible.builtin.winrm#connection) only and needs nothing on the host but WinRM, no PowerShell and
    no Python. Set C(gather_facts) to false, because Ansible's own fact gathering needs PowerShell.
seealso:
  - module: eva.mpio.feature
  - ref: ansible_collections.eva.mpio.docsite.guide_dsm
    description: Which DSM has which disks, and what the entries of Windows mean.
"""

EXAMPLES = r"""
- name: Claim the LUNs of a P6300
  eva.mpio.claim:
    models: [P6300]

- name: Leave the claim on every iSCSI LUN; first the LUNs that stay get one of their own
  eva.mpio.claim:
    models: [P6300]

- name: Then it can go
  eva.mpio.claim:
    state: absent
    all_iscsi: true

- name: Give up the LUNs of an array that is gone
  eva.mpio.claim:
    state: absent
    models: [EVA5000]
    hardware_ids: ["COMPAQ  HSV110 (C)COMPAQ"]
"""

RETURN = r"""
changed:
  description: Whether anything was changed, or would be in check mode.
  returned: always
  type: bool
  sample: true
state:
  description:
    - How the run ended. V(converged) when nothing is left to do, V(reboot_required) when Windows must be restarted
      first, V(waiting_for_presentation) when the array shows no LUN to this host yet, V(planned) in check mode when
      there is
      something to do, V(incomplete) otherwise.
  returned: always
  type: str
  sample: converged
steps:
  description:
    - The steps in order. In check mode those that are planned, otherwise those that were taken.
    - What cannot be known yet is announced as a rule, for each target or LUN that appears.
  returned: always
  type: list
  elements: dict
  contains:
    step:
      description: What the step changes.
      type: str
      sample: "Microsoft DSM: claim HP HSV340"
    why:
      description: The reason for it.
      type: str
    after:
      description: What a planned step waits for, null when it can be done at once.
      type: str
    rule:
      description: Whether it stands for steps whose subject is not known yet.
      type: bool
    only_if_needed:
      description: Whether it is only taken if something turns out otherwise on the way. Always V(false) in a real run.
      type: bool
    command:
      description: What carries it out, with secrets masked. What is not known yet stands in angle brackets.
      type: str
    drops_path:
      description: Whether it can take a path away.
      type: bool
    needs_reboot:
      description: Whether Windows may want a restart before it takes effect.
      type: bool
    failed:
      description: Whether it was taken and has not worked. RV(findings) says why. Such a step is no change.
      type: bool
before:
  description:
    - The parts of the host that the module looks at, before the run, as M(eva.mpio.host_info) returns them.
    - A failed task leaves it out, so that Ansible prints the message rather than the whole host.
  returned: when the task does not fail
  type: dict
after:
  description: The same parts after the run.
  returned: when the task does not fail
  type: dict
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
waiting_for_presentation:
  description: Arrays that show no LUN, each with the initiator name that their administrator must present LUNs to.
  returned: always
  type: list
  elements: str
reboot_required:
  description: Whether Windows must be restarted before the wish can come true.
  returned: always
  type: bool
  sample: false
reboot_reasons:
  description: Why it must be.
  returned: always
  type: list
  elements: str
rebooted:
  description: Whether the module restarted Windows.
  returned: always
  type: bool
  sample: false
timings:
  description:
    - Seconds that each phase of the run took. Phases that took none are left out.
    - V(read) is reading the host, also again after each step; V(prepare) the service, its identity, MPIO, the claim and
      what Windows needs at boot; V(discover) discovery portals and targets; V(connect) sessions and stored logins with
      the wait for their devices; V(restart) the restart; V(policies) the policies; V(remove) what was taken away.
  returned: always
  type: dict
  sample:
    read: 3.4
    connect: 21.7
msg:
  description: What failed the task, or what it waits for, in one sentence or several.
  returned: when the task fails, or the state is V(waiting_for_presentation) or V(reboot_required)
  type: str
faults:
  description: Everything that is wrong with the arguments, when they were refused before anything was sent to the host.
  returned: when arguments are refused
  type: list
  elements: str
"""
