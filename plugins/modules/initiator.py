# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only; the work is done by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: initiator
short_description: Bring the iSCSI initiator of a Windows host into shape
version_added: 0.1.0
description:
  - Lets the Microsoft iSCSI initiator service start with Windows and run now.
  - Sets its node name, its secret for mutual CHAP and its iSNS servers where they are given.
  - Lets Windows wait at boot for the volumes on the disks, and other services for the initiator, where that is wished
    for.
  - Installs the initiator on Windows Server 2003, which comes without one, where O(package) is given.
  - In the middle of a change of the DSM (M(eva.mpio.host), O(eva.mpio.host#module:change_dsm)), which lets the service
    start with Windows as its last step, nothing is changed.
  - A service whose start type is Disabled is left alone and reported, because hardening policies set that on purpose.
author:
  - The eva.mpio authors (@eva-mpio)
extends_documentation_fragment:
  - eva.mpio.initiator
  - eva.mpio.release
  - eva.mpio.attributes
attributes:
  idempotent:
    description: A second run with the same options changes nothing.
    support: partial
    details:
      - With O(update_password=always) secrets, which cannot be read back, are written on every run.
notes:
  - Works over P(ansible.builtin.winrm#connection) only and needs nothing on the host but WinRM, no PowerShell and
    no Python. Set C(gather_facts) to false, because Ansible's own fact gathering needs PowerShell.
seealso:
  - module: eva.mpio.host
  - ref: ansible_collections.eva.mpio.docsite.guide_chap
    description: Secrets, and how they are changed.
"""

EXAMPLES = r"""
- name: Let the initiator run, now and after every boot
  eva.mpio.initiator:

- name: Give it the name that the array knows
  eva.mpio.initiator:
    node_name: iqn.1991-05.com.microsoft:files01.example.com

- name: Let volumes and the services on them be back in time after a boot
  eva.mpio.initiator:
    bind_volumes: true
    dependent_services: [LanmanServer, MSSQLSERVER]

- name: Use one iSNS server and no other
  eva.mpio.initiator:
    isns_servers: [isns.example.com]

- name: Install it where Windows comes without one
  eva.mpio.initiator:
    package:
      path: C:\prepared\Initiator-2.08-build3825-x86fre.exe
      arguments: [/quiet]
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
      sample: "service MSiSCSI: start automatically"
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
