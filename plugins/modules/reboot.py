# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only; the work is done by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: reboot
short_description: Restart a Windows host and wait until it is back
version_added: 0.1.0
description:
  - Restarts Windows and waits until the boot time that the host reports has changed, without PowerShell.
  - Refuses while a session with disks has no persistent login that would bring them back, while somebody has a desktop
    open on the host, and while the host owns groups of a failover cluster.
  - Refuses while the driver of HP's DSM waits for this restart and the Microsoft DSM has LUNs of EVAs, because both
    would claim them afterwards.
author:
  - The eva.mpio authors (@eva-mpio)
extends_documentation_fragment:
  - eva.mpio.reboot
  - eva.mpio.release
  - eva.mpio.attributes
options:
  state:
    description: V(rebooted) restarts and waits, V(waited) only waits until the host answers.
    type: str
    default: rebooted
    choices: [rebooted, waited]
  force:
    description:
      - Restart although disks would not come back, two DSMs would claim them, people have a desktop open, or cluster
        groups are here.
    type: bool
    default: false
attributes:
  diff_mode:
    support: none
  idempotent:
    support: none
    details:
      - V(rebooted) restarts on every run.
notes:
  - Works over P(ansible.builtin.winrm#connection) only and needs nothing on the host but WinRM, no PowerShell and
    no Python. Set C(gather_facts) to false, because Ansible's own fact gathering needs PowerShell.
seealso:
  - module: eva.mpio.host
  - ref: ansible_collections.eva.mpio.docsite.guide_restart
    description: What happens at a restart.
"""

EXAMPLES = r"""
- name: Restart
  eva.mpio.reboot:
    reboot_timeout: 1800

- name: Restart although people are logged on
  eva.mpio.reboot:
    reboot_despite: [users]

- name: Wait until the host answers
  eva.mpio.reboot:
    state: waited
"""

RETURN = r"""
rebooted:
  description: Whether Windows was restarted.
  returned: always
  type: bool
  sample: true
elapsed:
  description: Seconds until Windows was back.
  returned: when it was waited for
  type: float
  sample: 95.5
booted:
  description: Time of the last boot as the host gives it.
  returned: when it was waited for
  type: str
  sample: "2026-11-22T13:05:41+00:00"
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
