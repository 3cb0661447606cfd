# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How paths are made."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  minimum_paths:
    description:
      - How many paths of each array must be live at the end, 1 or more. Without it all that the layout gives.
      - Every path is tried whatever this says; those that could not be made are named.
      - In M(eva.mpio.host) it also is the number of working paths that the proof wants of each LUN; every missing path
        is named in a note. It does not let one loss take a LUN away. Where the layout has more than one NIC, adapter,
        fabric, module, target portal or controller, the working paths must use more than one of it.
      - M(eva.mpio.verify) wants every path.
      - With O(eva.mpio.session#module:state=absent) it is what every disk in use keeps of working paths, 2 without it.
    type: int
  sessions_per_path:
    description:
      - Sessions, and stored logins, between each NIC, target portal and target, 1 to 8. More than one can help a fast
        network; they share the NIC, so they add no redundancy.
      - Windows may keep one only of equal stored logins. Then each run says so, and check mode goes on announcing the
        others, because only trying tells.
    type: int
    default: 1
  device_timeout:
    description:
      - Seconds to wait for the devices of a new session, 0 to 3600. Windows shows them some seconds after the login.
    type: int
    default: 15
"""
