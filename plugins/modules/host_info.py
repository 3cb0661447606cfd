# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation only; the work is done by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_info
short_description: Read iSCSI and MPIO of a Windows host
version_added: 0.1.0
description:
  - Reads initiator, portals, targets, sessions, persistent logins, MPIO, DSMs, disks and paths into one structure.
  - Changes nothing on the host. With O(capture) it writes on the controller, also in check mode.
author:
  - The eva.mpio authors (@eva-mpio)
extends_documentation_fragment:
  - eva.mpio.attributes.info_module
  - eva.mpio.dsm.name
  - eva.mpio.release
options:
  gather_subset:
    description:
      - Parts to read. V(all) is every part.
      - Nothing is read but what is named, and what can only be read over another part. V(disks) alone does not tell
        what decides on their policies, which takes V(policy_defaults), nor where their paths go, which takes
        V(sessions). RV(host.unknown) says so.
    type: list
    elements: str
    default: [all]
    choices: [all, nics, initiator_service, initiator, portals, targets, sessions, logins, feature, drivers, dsms,
    claims, disks, policy_defaults, pending_reboot, users, cluster, cluster_addresses, isns_servers, disk_use, volumes,
    dependencies, new_disk_policy, settings, hp_policies, taken_offline, dsm_notes]
  dependent_services:
    description: Services whose dependencies are read, by the names of their keys.
    type: list
    elements: str
    default: []
  hp_policy_show:
    description: Command that shows the policies of HP's DSM, as in O(eva.mpio.lun_policy#module:hp_policy_show).
    type: list
    elements: str
    default: []
  hp_policy_pattern:
    description: What finds them in its output, as in O(eva.mpio.lun_policy#module:hp_policy_pattern).
    type: str
  capture:
    description:
      - Folder on the controller that everything the host was asked and answered is written into, with names, addresses,
        WWNs and secrets replaced. It is made if it is missing, and refused if something is in it.
      - A relative path is relative to the playbook. Put C(inventory_hostname) into it when several hosts are read.
      - Everything is read then, whatever O(gather_subset) says, and the host is asked a few more questions whose
        answers no document tells. None changes anything; one is a call that the Microsoft DSM must refuse.
      - How to read and to send a capture is in
        R(the guide to captures,ansible_collections.eva.mpio.docsite.guide_capture).
    type: path
notes:
  - Works over P(ansible.builtin.winrm#connection) only and needs nothing on the host but WinRM, no PowerShell and
    no Python. Set C(gather_facts) to false, because Ansible's own fact gathering needs PowerShell.
seealso:
  - module: eva.mpio.verify
  - ref: ansible_collections.eva.mpio.docsite.guide_capture
    description: How to record what a host answers.
"""

EXAMPLES = r"""
- name: Read everything
  eva.mpio.host_info:
  register: storage

- name: Show which NIC each session left from
  ansible.builtin.debug:
    msg: "{{ storage.host.sessions | map(attribute='connections') | flatten | map(attribute='local') }}"

- name: Record what each host answers, for a report or to plan a change away from the hosts
  eva.mpio.host_info:
    capture: "captures/{{ inventory_hostname }}"

- name: Read only what costs least
  eva.mpio.host_info:
    gather_subset: [initiator_service, feature]
"""

RETURN = r"""
host:
  description: What was read. A part that could not be read is null, never empty, and RV(host.unknown) says why.
  returned: always
  type: dict
  contains:
    os:
      description: Operating system, told by numbers.
      type: dict
    release:
      description: Key of the release that the host is managed as, the one of O(assume_release) where that is given.
      type: str
    nics:
      description: Network adapters with MAC and addresses (the initiator portals).
      type: list
      elements: dict
    initiator_service:
      description: The service MSiSCSI.
      type: dict
    initiator:
      description:
        - Node name, instance, and which port number is which NIC.
        - V(ports_known) is false where Windows did not list the ports, so that only those are there which the discovery
          portals reveal.
      type: dict
    portals:
      description:
        - Discovery portals, with the NIC each is bound to and, where Windows tells, the kind of CHAP and its name.
      type: list
      elements: dict
    targets:
      description: Targets and where discovery says they are.
      type: list
      elements: dict
    sessions:
      description:
        - Sessions with real local address, connection state, devices and, where Windows tells, CHAP and digests.
      type: list
      elements: dict
    logins:
      description: Persistent logins, the NIC port they will use, their CHAP name and digests. Secrets are never read.
      type: list
      elements: dict
    feature:
      description: The MPIO feature.
      type: dict
    drivers:
      description:
        - The drivers of MPIO and of the Microsoft DSM, mpio and msdsm (msiscdsm on Windows Server 2003), and each that
          may be that of HP's DSM by its name, which begins with C(hp) and ends with C(dsm).
      type: list
      elements: dict
    dsms:
      description: DSMs that MPIO has registered.
      type: list
      elements: dict
    claims:
      description: Both lists of claimed hardware ids.
      type: dict
    disks:
      description:
        - MPIO disks with WWN, DSM, policy and paths, each joined to its session.
        - C(policy_from) says what decides on the policy, V(lun), V(hardware_id), V(dsm) or V(built_in), and
          C(policy_explicit) whether the LUN has one of its own. Both are null where that is not known, and where
          V(policy_defaults) was not read.
        - C(nic), C(portal) and C(target) of each path are null where V(sessions) was not read.
      type: list
      elements: dict
    policy_defaults:
      description: Where policies come from besides the LUN itself.
      type: dict
    pending_reboot:
      description: Why Windows itself wants a restart.
      type: list
      elements: str
    users:
      description: Users with a desktop, which a restart would end. None on Server Core, which has no desktop.
      type: list
      elements: str
    cluster:
      description:
        - Whether the cluster service runs, which groups and disks this node owns, and all nodes with their state,
          V(up), V(down), V(paused), V(joining) or V(unknown).
      type: dict
    cluster_addresses:
      description: IP addresses of the failover cluster, which move from node to node. None on a host that is no member.
      type: list
      elements: str
    isns_servers:
      description: iSNS servers that the initiator asks for targets.
      type: list
      elements: str
    disk_use:
      description:
        - Whether each disk, by its PhysicalDrive number, is in use, and why that is said.
        - V(clustered) says whether a failover cluster has it, null where Windows does not tell, and V(boot) whether
          Windows itself starts or pages from it.
        - V(offline) is null before Windows Server 2012, which does not tell, and V(mounted) has the drive letters on
          it.
      type: list
      elements: dict
    volumes:
      description: Volumes that the initiator service waits for at boot, and mounted volumes with the disk of each.
      type: dict
    dependencies:
      description:
        - What each of O(dependent_services) depends on, services and, with C(+) before them, groups of services.
          V(names) is null for a service that there is not.
      type: list
      elements: dict
    new_disk_policy:
      description:
        - What Windows does with a disk that it sees for the first time, V(online_all), V(offline_shared),
          V(offline_all) or V(offline_internal). Null where the release has no such policy or nobody has set it.
      type: str
    settings:
      description:
        - Timers of MPIO, the initiator and the disks, by the names of the options of M(eva.mpio.settings), with the
          place of each.
        - C(name) is the option, C(of) whose timer it is, V(mpio), V(initiator), V(disk) or V(tcp), and C(place) its key
          and value in the registry, null where the key is not known.
        - C(value) is what the registry holds, a boolean for what is on or off, and null where it does not hold it.
          C(default) is what is in force then, null where no document tells.
        - C(unknown) says why a timer could not be read, null where it was.
      type: list
      elements: dict
    hp_policies:
      description:
        - Policies that HP's DSM has for LUNs, each with C(wwn) and C(policy), V(rr), V(sqst), V(sqr), V(sqb) or V(nlb).
        - Windows does not tell them, so on a host with disks of HP's DSM they are known only with O(hp_policy_show) and
          O(hp_policy_pattern).
      type: list
      elements: dict
    taken_offline:
      description:
        - WWNs of LUNs whose disks M(eva.mpio.host) took offline while it changes their DSM, and has not brought back
          yet.
      type: list
      elements: str
    dsm_notes:
      description:
        - What runs noted on the host of HP's DSM and of a change of the DSM, for those after them.
        - C(change_begun) says whether M(eva.mpio.host) has begun to change the DSM and has not brought everything back
          yet.
        - C(setup) is the program of HP's DSM that was run last, null where none was. C(installs) says whether it was
          the setup or the removal, C(program) is a fingerprint of it and its arguments, C(ended) whether it said that
          it worked, and C(in_this_boot) whether Windows has not been restarted since.
      type: dict
    sources:
      description: How each part was read, V(wmi), V(registry), V(iscsicli), V(mpclaim) or V(msft).
      type: dict
    unknown:
      description: Why a part, or what a part should tell (C(disks.policy_from)), is not known.
      type: dict
capture:
  description: The folder as O(capture) named it, null where nothing was recorded.
  returned: always
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
