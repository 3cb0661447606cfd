# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mpclaim of Server 2008 (6.0): it claims and brings the feature in, and shows nothing.

What it ends with means nothing (infi.wmpio ignores it on 2008), so the exit code is a switch.
"""

from __future__ import annotations

from collections.abc import Sequence

from ....winrm.interface import ProcessResult
from ...features import MULTIPATH_IO, Features
from ...programs import ProgramContext, console_bytes
from ...storage.disks import Disks
from ...storage.hardware_ids import unit_hardware_id
from . import texts

ACCESS_DENIED = 5


def run(disks: Disks, features: Features, argv: list[str], context: ProgramContext) -> ProcessResult:
    """Run one command."""
    words = [word.lower() for word in argv[:3]]
    text = ""
    if len(words) < 3 or words[0] not in ("-r", "-n") or words[1] not in ("-i", "-u") or not _devices(words[2], argv):
        text = context.language(texts.USAGE_60)
    elif not context.elevated:
        text = f"\n{context.language(texts.SYSTEM_MESSAGES[ACCESS_DENIED])}\n"
    else:
        with disks.lock:
            waiting = _change(disks, features, words[1] == "-i", words[2], argv[3:])
        # The help does not say "if needed", as that of 6.1 does; a reboot for nothing is still not assumed.
        if waiting and words[0] == "-r" and features.restart is not None:
            features.restart()
    return ProcessResult(console_bytes(text, context.code_page), b"", disks.switches.mpclaim_60_exit_code)


def _devices(switch: str, argv: Sequence[str]) -> bool:
    """Whether the device switch is one, with what it needs."""
    if switch == "-d":
        return len(argv) > 3 and all(word.strip() for word in argv[3:])
    return switch in ("-a", "-c") and len(argv) == 4 and not argv[3].strip()


def _change(disks: Disks, features: Features, install: bool, switch: str, device_ids: Sequence[str]) -> bool:
    """Claim or give back; return whether something waits for a restart."""
    if install:
        waiting = features.enable(MULTIPATH_IO)
        wanted = device_ids if switch == "-d" else _found(disks, only_spc3=switch == "-c")
        return disks.claim(wanted) or waiting
    waiting = disks.unclaim(device_ids if switch == "-d" else disks.mpio.lists.load().entries())
    if not disks.mpio.lists.load().claimed_ids() and features.installed:
        waiting = features.disable(MULTIPATH_IO) or waiting
    return waiting


def _found(disks: Disks, only_spc3: bool) -> list[str]:
    units = [unit for unit, _unused in disks.units() if not only_spc3 or unit.target_port_group is not None]
    return list(dict.fromkeys(unit_hardware_id(unit) for unit in units))
