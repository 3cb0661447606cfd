# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DSM that owns the disks, and HP's package of it.

C(eva.mpio.dsm) says which DSM it is, C(eva.mpio.dsm.name) what HP's calls itself, C(eva.mpio.dsm.package) how HP's
comes to a host and goes.
"""

from __future__ import annotations


class ModuleDocFragment:
    # Which DSM owns the disks of the declared arrays.
    DOCUMENTATION = r"""
options:
  dsm:
    description:
      - The DSM that owns the disks of the declared arrays. Several paths are made only while it is in effect.
      - V(microsoft) is the one that ships with Windows. V(hp) is the HP MPIO Full Featured DSM for EVA, which HP
        prefers (HP P6350 user guide, page 100, table 21).
      - Exactly one of them owns a disk. Where another one does, no DSM is changed, and the task fails and names it.
    type: str
    default: microsoft
    choices: [microsoft, hp]
"""

    # What HP's DSM calls itself.
    NAME = r"""
options:
  hp_dsm_name:
    description:
      - What HP's DSM calls itself in Windows, as RV(eva.mpio.host_info#module:host.dsms) shows it, letter case aside.
      - HP has not published the name. Without this option each DSM counts as HP's that is not Microsoft's and has HP,
        EVA or HSV in its name, unless it is named after another family of arrays, such as MSA or XP.
    type: str
"""

    # HP's DSM as the administrator has it.
    PACKAGE = r"""
options:
  dsm_package:
    description:
      - HP's DSM as you have it. Nothing is downloaded, and nothing has a default, because the arguments for a setup
        that asks nobody are not public knowledge. Take them from the guide that came with your package, and try them
        on a host that does not matter.
      - Programs and arguments stand in results, in check mode too. Where one is a secret, set C(no_log) for the task.
    type: dict
    suboptions:
      path:
        description:
          - The setup program, as an absolute path on the host or one on a share. Without it the DSM is never installed.
          - For an C(.msi) it is C(msiexec.exe) with its full path, and the file stands in O(dsm_package.arguments).
        type: str
      arguments:
        description: Arguments that make the setup install without a question.
        type: list
        elements: str
        default: []
      removal_path:
        description: The program that removes the DSM, likewise. Without it the DSM is never removed.
        type: str
      removal_arguments:
        description: Arguments that make it remove without a question.
        type: list
        elements: str
        default: []
      version:
        description:
          - The version that Windows must show once the DSM is registered, or how it begins (V(4.4)), as numbers with
            dots. The task fails where it is another one.
        type: str
      driver:
        description:
          - Name of the driver service of the DSM. Without it each driver service counts whose name begins with C(hp)
            and ends with C(dsm), unless it is named after another family of arrays, such as C(hpmaadsm) for MSA.
        type: str
      unsupported_release:
        description:
          - Whether to install it on Windows Server 2012 R2, too, for which no guide of HP's names it. It is never
            installed on later releases.
        type: bool
        default: false
"""
