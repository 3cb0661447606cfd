# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only; the work is done by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: dsm
short_description: Install or remove HP's DSM for EVA
version_added: 0.1.0
description:
  - Brings the HP MPIO Full Featured DSM for EVA from your own package to the host, or removes it.
  - HP's DSM takes the LUNs of every EVA, so the Microsoft DSM must not. Where it claims some but none is visible, its
    claim is taken back first; on Windows Server 2003 the driver of the Microsoft iSCSI DSM is disabled. Where LUNs are
    visible, or a shorter entry of the list covers them, nothing is changed and the task fails.
  - It needs the initiator, and from Windows Server 2008 on the MPIO feature (M(eva.mpio.feature)).
  - It is not removed while it owns disks that are visible.
  - M(eva.mpio.host) with O(eva.mpio.host#module:change_dsm) leads a host with disks from one DSM to the other.
  - Whether it is there is read from the DSMs that MPIO has registered and from its driver service.
  - Does not restart Windows; RV(reboot_required) says whether it must be.
author:
  - The eva.mpio authors (@eva-mpio)
extends_documentation_fragment:
  - eva.mpio.dsm.name
  - eva.mpio.dsm.package
  - eva.mpio.release
  - eva.mpio.attributes
options:
  state:
    description:
      - V(present) installs it with O(dsm_package.path) where it is missing, V(absent) removes it with
        O(dsm_package.removal_path) where it is there.
    type: str
    default: present
    choices: [present, absent]
notes:
  - Works over P(ansible.builtin.winrm#connection) only and needs nothing on the host but WinRM, no PowerShell and
    no Python. Set C(gather_facts) to false, because Ansible's own fact gathering needs PowerShell.
seealso:
  - module: eva.mpio.claim
  - module: eva.mpio.host
  - module: eva.mpio.reboot
  - ref: ansible_collections.eva.mpio.docsite.guide_dsm
    description: Which DSM, which policy, and what HP's package needs.
"""

EXAMPLES = r"""
- name: Install HP's DSM on a host that sees no LUN yet
  eva.mpio.dsm:
    dsm_package:
      path: C:\prepared\HPMPIODSM\setup.exe
      arguments: [as, your, guide, says]
      version: "4.4"
  register: dsm

- name: Restart where Windows needs it
  eva.mpio.reboot:
  when: dsm.reboot_required

- name: Remove it where its disks are gone
  eva.mpio.dsm:
    state: absent
    dsm_package:
      removal_path: C:\prepared\HPMPIODSM\setup.exe
      removal_arguments: [as, your, guide, says]
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
      sample: 'HP''s DSM: install C:\prepared\HPMPIODSM\setup.exe'
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
