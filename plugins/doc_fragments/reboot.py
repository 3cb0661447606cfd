# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times and guards of a restart."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  reboot_timeout:
    description: Seconds until Windows must be back after a restart, 1 to 86400.
    type: int
    default: 900
  pre_reboot_delay:
    description: Seconds that Windows waits before it shuts down, 0 to 600.
    type: int
    default: 2
  post_reboot_delay:
    description: Seconds to wait after Windows is back, 0 to 3600.
    type: int
    default: 0
  reboot_despite:
    description:
      - Guards that do not keep a restart off.
      - V(users) are people who have a desktop open on the host. On Server Core nobody is seen, because it has no
        desktop.
      - V(cluster) are groups of a failover cluster that the host owns.
    type: list
    elements: str
    default: []
    choices: [users, cluster]
"""
