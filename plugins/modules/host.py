# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only; the work is done by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host
short_description: Bring a Windows host from bare NICs to proven redundant multipath
version_added: 0.1.0
description:
  - Does what the other modules do, in the safe order, in one task over one connection.
  - The order is the initiator, the MPIO feature with timers and the claim or HP's DSM (one restart serves all),
    discovery portals, one path until multipath is in effect, the restart where it is needed and allowed, all paths,
    the policies, the removal of what O(purge) names, the volumes of O(bind_volumes), and the proof.
  - Can be run again at any time and after any interruption. It goes on where it is.
  - A host that the array does not know yet ends in the state V(waiting_for_presentation) and goes on in the next run.
  - A host whose disks the other DSM owns is refused, unless O(change_dsm) lets the module lead it over.
  - On Windows Server 2003 initiator and MPIO come with O(package), and the Microsoft DSM claims every iSCSI LUN.
author:
  - The eva.mpio authors (@eva-mpio)
extends_documentation_fragment:
  - eva.mpio.layout
  - eva.mpio.dsm
  - eva.mpio.dsm.name
  - eva.mpio.dsm.package
  - eva.mpio.initiator
  - eva.mpio.paths
  - eva.mpio.purge
  - eva.mpio.policies
  - eva.mpio.hp_policies
  - eva.mpio.hp_policies.set
  - eva.mpio.reboot
  - eva.mpio.methods
  - eva.mpio.release
  - eva.mpio.attributes
options:
  change_dsm:
    description:
      - Whether the disks may be away for the time of two restarts while they go from the other DSM to O(dsm). Without
        it a host whose disks the other DSM owns is refused.
      - Needs O(reboot), and O(dsm_package) with what installs or removes HP's DSM.
      - What happens, and what is looked at before, is in
        R(the guide to the change,ansible_collections.eva.mpio.docsite.guide_migration).
    type: bool
    default: false
  update_password:
    description:
      - When secrets, which cannot be read back, are written again. V(on_create) writes those of the arrays with what
        is made anew, and O(mutual_chap_secret) while no stored login uses mutual CHAP.
      - V(always) writes O(mutual_chap_secret) on every run, and renews discovery portals, stored logins and sessions
        of arrays with CHAP as M(eva.mpio.session) does.
    type: str
    default: on_create
    choices: [on_create, always]
  hardware_ids:
    description:
      - Hardware ids of the arrays besides those of their models, as in M(eva.mpio.claim). The DSM that O(dsm) names
        claims them, and no other may.
    type: list
    elements: str
    default: []
  settings:
    description:
      - Timers of MPIO, the initiator and the disks, by the names of the options of M(eva.mpio.settings). What is not
        named is left as it is.
      - Timers that another run has changed, and that wait for a restart of Windows, are told by RV(reboot_required)
        also without this option.
    type: dict
    default: {}
  settings_profile:
    description:
      - A set of timers by its name, V(windows_defaults) or one of O(settings_profiles). What O(settings) names goes
        first.
    type: str
  settings_profiles:
    description:
      - Your own sets of timers, each with the keys C(source), a text that says where its values come from, and
        C(values).
    type: dict
    default: {}
  reboot:
    description:
      - Whether Windows may be restarted when multipath needs it.
      - It never is while a session with disks has no persistent login that would bring them back, nor while somebody
        has a desktop open or the host owns groups of a failover cluster, unless O(reboot_despite) says so.
    type: bool
    default: false
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
  - module: eva.mpio.verify
  - module: eva.mpio.host_info
  - module: eva.mpio.dsm
  - module: eva.mpio.lun_policy
  - module: eva.mpio.settings
  - ref: ansible_collections.eva.mpio.docsite.guide_first_fleet
    description: The first run on hosts of your own.
  - ref: ansible_collections.eva.mpio.docsite.guide_migration
    description: How disks change their DSM.
"""

EXAMPLES = r"""
- name: Provision the host, restart it when it must be
  eva.mpio.host:
    reboot: true
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

- name: Keep the declared paths and no others, and let the database start after its disks
  eva.mpio.host:
    purge: [stale]
    bind_volumes: true
    dependent_services: [MSSQLSERVER]
    arrays:
      - name: eva01
        model: P6300
        portals: [eva01-p1.example.com, eva01-p2.example.com]
        chap_user: files01
        chap_secret: "{{ eva01_chap_secret }}"
        chap_after_first_login: true
    nics: [10.10.1.11, 10.10.2.11]

- name: Provision a host under HP's DSM, from the package that lies prepared on it
  eva.mpio.host:
    dsm: hp
    dsm_package:
      path: C:\prepared\HPMPIODSM\setup.exe
      arguments: [as, your, guide, says]
    reboot: true
    arrays:
      - name: eva01
        model: P6300
        portals: [10.10.1.21, 10.10.2.21]
    nics: [10.10.1.11, 10.10.2.11]

- name: Lead its disks over to the Microsoft DSM
  eva.mpio.host:
    dsm: microsoft
    change_dsm: true
    dsm_package:
      removal_path: C:\prepared\HPMPIODSM\setup.exe
      removal_arguments: [as, your, guide, says]
    reboot: true
    arrays:
      - name: eva01
        model: P6300
        portals: [10.10.1.21, 10.10.2.21]
    nics: [10.10.1.11, 10.10.2.11]

- name: Provision a Windows Server 2003, whose initiator lies prepared on it
  eva.mpio.host:
    package:
      path: C:\prepared\Initiator-2.08-build3825-x64fre.exe
      arguments: [/quiet]
    reboot: true
    reboot_despite: [users]
    arrays:
      - name: eva01
        model: EVA4400
        portals: [10.10.1.21, 10.10.2.21]
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
