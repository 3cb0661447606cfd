# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module of the collection has in common, in the words of Ansible's module attributes.

A module extends exactly one of the two: C(eva.mpio.attributes) when it changes something,
C(eva.mpio.attributes.info_module) when it only reads. What differs it states itself: a module's own keys win.
"""

from __future__ import annotations


class ModuleDocFragment:
    # A module that changes something.
    DOCUMENTATION = r"""
options: {}
attributes:
  action:
    description: The work is done by an action plugin, on the controller. Nothing is copied to the host.
    support: full
  action_group:
    description: Takes its defaults from C(group/eva.mpio.mpio) in C(module_defaults).
    support: full
    membership:
      - eva.mpio.mpio
  async:
    description: Can be used with the C(async) keyword.
    support: none
    details:
      - An action plugin that waits for its host cannot be put into the background of that host.
  become:
    description: Can be used with the C(become) keyword.
    support: none
    details:
      - Becoming another user on Windows needs PowerShell 3.0, which the older releases do not have.
      - The user of the connection has to be an administrator of the host.
  bypass_host_loop:
    description: Runs once for all hosts of the play and not once for each.
    support: none
  check_mode:
    description: Says in check mode what it would change, and changes nothing.
    support: full
  diff_mode:
    description: Shows in diff mode the state before and after.
    support: full
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
  platform:
    description: What it can be used on.
    support: full
    platforms: windows
"""

    # A module that only reads.
    INFO_MODULE = r"""
options: {}
attributes:
  action:
    description: The work is done by an action plugin, on the controller. Nothing is copied to the host.
    support: full
  action_group:
    description: Takes its defaults from C(group/eva.mpio.mpio) in C(module_defaults).
    support: full
    membership:
      - eva.mpio.mpio
  async:
    description: Can be used with the C(async) keyword.
    support: none
    details:
      - An action plugin that waits for its host cannot be put into the background of that host.
  become:
    description: Can be used with the C(become) keyword.
    support: none
    details:
      - Becoming another user on Windows needs PowerShell 3.0, which the older releases do not have.
      - The user of the connection has to be an administrator of the host.
  bypass_host_loop:
    description: Runs once for all hosts of the play and not once for each.
    support: none
  check_mode:
    description: Says in check mode what it would change, and changes nothing.
    support: full
    details:
      - Only reads, so there is no difference.
  diff_mode:
    description: Shows in diff mode the state before and after.
    support: N/A
    details:
      - Only reads.
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
    details:
      - Only reads.
  platform:
    description: What it can be used on.
    support: full
    platforms: windows
"""
