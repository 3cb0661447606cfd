# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How methods that take objects are called."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  method_calls:
    description:
      - How policies are set on Windows Server 2003 and 2008, where a WMI method that takes an object is the only way.
        Later releases have a tool for it, and the option is ignored there.
      - V(wsman) calls the method over WS-Management. That WinRM takes the object has not been confirmed on a real host.
      - V(script) has the host's own C(cscript) call it. The script is written to C(%TEMP%) and deleted again, and holds
        nothing secret.
      - V(auto) is V(wsman), and V(script) where the host refuses that.
    type: str
    default: auto
    choices: [auto, wsman, script]
"""
