# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Identity of the iSCSI initiator."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  node_name:
    description:
      - The initiator's node name (IQN). Without it the name stays as it is.
      - At most 223 lower-case letters, digits, C(-), C(.) and C(:), which is what an EVA takes.
      - Changed only while no session exists, because the array keys its presentations by this name, unless
        O(rename_despite_sessions) says so.
    type: str
  rename_despite_sessions:
    description:
      - Whether the node name may be changed while sessions stand. They keep the old name until they are made again, and
        the array shows the new name nothing until its administrator presents the LUNs to it.
    type: bool
    default: false
  mutual_chap_secret:
    description:
      - The initiator's own secret, which targets prove in mutual CHAP, 12 to 16 bytes. There is one for the host, and
        it differs from the CHAP secret of every array.
      - It travels as a method argument and cannot be read back.
    type: str
  update_password:
    description:
      - When to set O(mutual_chap_secret). V(on_create) sets it while no stored login uses mutual CHAP, V(always) on
        every run.
    type: str
    default: on_create
    choices: [on_create, always]
  isns_servers:
    description:
      - All iSNS servers that the initiator shall ask for targets, each an IP address or a DNS name that the host can
        resolve. Others are removed; an empty list removes all.
      - Without it iSNS servers are left as they are.
    type: list
    elements: str
  bind_volumes:
    description:
      - Whether the initiator service is told which volumes lie on its disks, so that Windows waits for them at boot
        before it starts the services that depend on it (C(iscsicli BindPersistentVolumes)).
      - They are bound again when a mounted volume is not among them, or when one of them is gone, which would delay
        every boot.
    type: bool
    default: false
  dependent_services:
    description:
      - Services that use disks of the array, by the names of their keys (V(MSSQLSERVER), V(LanmanServer)). Each is
        made to depend on MSiSCSI besides what it depends on already, so that it starts after the disks are there.
      - A service that the host does not have is an error.
    type: list
    elements: str
    default: []
  cluster_disks_offline:
    description:
      - Whether new disks on a shared bus shall come up offline where the host is a member of a failover cluster, so
        that no two nodes write to one disk (C(san policy=OfflineShared) in C(diskpart)).
      - On other hosts, and where the policy keeps such disks offline already, nothing is changed.
    type: bool
    default: false
  package:
    description:
      - The setup program of the initiator, for Windows Server 2003, which comes without one. Later releases have the
        initiator, and the option is ignored there.
      - It is Microsoft's iSCSI Software Initiator 2.08 (its download 18986) in the architecture of the host. MPIO and
        the Microsoft DSM come with it.
      - It is run when the initiator, or MPIO that is wished for, is not installed, once in a run. What it has installed
        is read afterwards, and a component that it left out is named.
      - It may interrupt sessions. Where some show disks already, and MPIO is all that is missing, it is run under the
        conditions of a restart, which are leave to restart and none of its guards.
      - Beside the DSM of a vendor it is not run, because its setup then leaves the initiator out (KB977506).
    type: dict
    suboptions:
      path:
        description:
          - Absolute path on the host, or on a share (C(\\server\share\initiator.exe)).
          - A share needs credentials that travel on from the host, which takes CredSSP, or Kerberos with delegation.
        type: str
        required: true
      arguments:
        description:
          - What the setup is run with. Choose arguments that make it ask nothing and that do not restart Windows.
          - C(/quiet) and C(/passive) are known to be taken. No argument that selects MPIO is publicly known, and by
            default the setup leaves MPIO out.
        type: list
        elements: str
        default: []
"""
