# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only; the work is done by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: session
short_description: Make or remove the declared paths, live and stored
version_added: 0.1.0
description:
  - Makes a session (the live half) and a persistent login (the stored half) for every NIC, target portal and target
    that belong together, each flagged for multipath.
  - Each half is judged and made alone. Nothing else on the host is touched.
  - Until multipath is in effect an array gets one path only, because Windows would show each LUN as several disks.
  - The task fails where a LUN belongs to another DSM than O(dsm).
  - A session that leaves from another NIC than asked is logged out again, and the run stops.
  - What is outdated, because its authentication or its digests are not the declared ones, gets its successor first
    and is logged out then, one path after the other.
author:
  - The eva.mpio authors (@eva-mpio)
extends_documentation_fragment:
  - eva.mpio.layout
  - eva.mpio.dsm
  - eva.mpio.dsm.name
  - eva.mpio.paths
  - eva.mpio.purge
  - eva.mpio.secrets
  - eva.mpio.release
  - eva.mpio.attributes
options:
  state:
    description:
      - V(present) makes the paths.
      - V(absent) removes every stored login and then every session between a declared NIC and a declared target
        portal, whatever O(mesh) says, of the O(arrays[].targets) that are declared or else of all. Of a target that
        keeps no path it also removes what is stored without a NIC or a target portal, and sessions that lost their
        connection. What is not there is no error.
      - Nothing at all is removed where a disk in use would keep fewer working paths than O(minimum_paths), is the
        boot disk or one of a cluster, or where Windows does not tell whether it is in use. A disk without partitions,
        and one that is offline, is not in use; a disk that is passed through to a virtual machine is offline too.
        Before Windows Server 2012 no disk tells that it is offline, so one with partitions is in use until the array
        takes it away from the host.
      - What has the number of a NIC that is not there now is kept and named, for its cable may only be out.
    type: str
    default: present
    choices: [present, absent]
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
  - module: eva.mpio.portal
  - module: eva.mpio.verify
  - ref: ansible_collections.eva.mpio.docsite.guide_sessions
    description: Which sessions there will be, and why.
  - ref: ansible_collections.eva.mpio.docsite.guide_removal
    description: How paths are taken away.
"""

EXAMPLES = r"""
- name: Make every path
  eva.mpio.session:
    arrays:
      - name: eva01
        model: P6300
        portals:
          - {address: 10.10.1.21, controller: A}
          - {address: 10.10.2.21, controller: A}
          - {address: 10.10.1.22, controller: B}
          - {address: 10.10.2.22, controller: B}
    nics: [10.10.1.11, 10.10.2.11]

- name: Give every path a session and a stored login with the new CHAP secret
  eva.mpio.session:
    update_password: always
    arrays:
      - name: eva01
        model: P6300
        portals: [10.10.1.21, 10.10.2.21]
        chap_user: files01
        chap_secret: "{{ eva01_chap_secret }}"
    nics: [10.10.1.11, 10.10.2.11]

- name: Say which NIC goes where, and remove what was there before
  eva.mpio.session:
    mesh: explicit
    purge: [stale, undeclared]
    purge_limit: 4
    arrays:
      - name: eva01
        model: P6300
        portals:
          - {address: 10.10.1.21, nics: [10.10.1.11]}
          - {address: 10.10.1.22, nics: [10.10.1.12]}
    nics: [10.10.1.11, 10.10.1.12]

- name: Give up the paths through one array port
  eva.mpio.session:
    state: absent
    minimum_paths: 2
    arrays:
      - name: eva01
        portals: [10.10.2.22]
    nics: [10.10.1.11, 10.10.2.11]

- name: Be content with two paths while a switch is replaced
  eva.mpio.session:
    minimum_paths: 2
    arrays:
      - name: eva01
        model: P6300
        portals:
          - {address: 10.10.1.21, controller: A}
          - {address: 10.10.2.21, controller: A}
          - {address: 10.10.1.22, controller: B}
          - {address: 10.10.2.22, controller: B}
    nics: [10.10.1.11, 10.10.2.11]
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
      sample: "session 10.10.1.11 -> 10.10.1.21:3260 -> iqn.2004-09.com.example:port1: log in"
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
      description:
        - V(refusal) and V(problem) fail the task, V(note) does not.
        - A problem of one path does not fail it where O(minimum_paths) is given and as many are left.
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
