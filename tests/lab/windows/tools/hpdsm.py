# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hpdsm.exe, the command line of HP's DSM.

Of its verbs only ``help`` and ``notify`` were published (manuals of the XP and MSA siblings, 3.00.00 and 3.02.00, p.
31). ``labshow`` and ``labset`` are the lab's own: there is a verb for policies, whose name and output nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...winrm.interface import ProcessResult
from ..hp_dsm import POLICIES, HpDsm
from ..programs import ProgramContext, console_bytes
from ..storage.multipath_disk import MultipathDisk
from ..switches import Switches

SUCCESS = 0
FAILED = 1
"""Exit codes of the lab: none was published."""
PATH_EVENTS = ("4", "5", "7")
"""Numbers of the events that tell of a lost path: last path failure, path failover, all."""

_EVENTS = 7
_USAGE = """\
HPDSM NOTIFY EVENT=<1 to 7> TIME=<number>
    Tells of events: 1 new device, 2 additional path, 3 most paths reached,
    4 last path failed, 5 path failed over, 6 most LUNs reached, 7 all.
HPDSM HELP
    Shows this text.
Verbs of this laboratory, which HP's program does not have:
HPDSM LABSHOW LUN=<WWN> or DISK=<MPIO disk number>
HPDSM LABSET LUN=<WWN> or DISK=<MPIO disk number> POLICY=<{policies}>
"""


class _Refused(Exception):
    """What was typed cannot be done; the text says why."""


class Hpdsm:
    """The program, bound to one server."""

    def __init__(self, dsm: HpDsm, switches: Switches) -> None:
        """Keep what it works on."""
        self._dsm = dsm
        self._switches = switches

    def __call__(self, argv: list[str], context: ProgramContext) -> ProcessResult:
        """Run one command."""
        try:
            code, text = SUCCESS, self._run(argv)
        except _Refused as refusal:
            code, text = FAILED, f"{refusal}\n"
        return ProcessResult(console_bytes(text, context.code_page), b"", code)

    def _run(self, argv: list[str]) -> str:
        verb = argv[0].lower() if argv else "help"
        words = dict(word.upper().partition("=")[::2] for word in argv[1:])
        if verb == "help":
            return _USAGE.format(policies=", ".join(POLICIES))
        if verb == "notify":
            return self._notify(words)
        if verb == "labshow":
            disk = self._disk(words)
            return f"LUN {disk.serial}: policy {self._dsm.policy_of(disk)}\n"
        if verb == "labset":
            return self._set(words)
        raise _Refused(f"Unknown command {argv[0]}. Type HPDSM HELP.")

    def _notify(self, words: Mapping[str, str]) -> str:
        """Tell which paths are lost; the lab's does not wait for more, as HP's does until TIME is over."""
        event = words.get("EVENT", "")
        if not event.isdigit() or not 1 <= int(event) <= _EVENTS or not words.get("TIME", "").isdigit():
            raise _Refused("EVENT=<1 to 7> and TIME=<number> are needed.")
        failed = [disk for disk in self._dsm.disks() for path in disk.paths if path.failed]
        source = self._switches.hp_dsm_driver
        lines = [f"Received HPDSM_PATH_FAILOVER:{disk.serial};from {source}\n" for disk in failed]
        return "".join(lines) if event in PATH_EVENTS else ""

    def _set(self, words: Mapping[str, str]) -> str:
        disk = self._disk(words)
        try:
            self._dsm.set_policy(disk, words.get("POLICY", ""))
        except ValueError as error:
            raise _Refused(f"{error}.") from error
        return ""

    def _disk(self, words: Mapping[str, str]) -> MultipathDisk:
        for disk in self._dsm.disks():
            if disk.serial == words.get("LUN") or str(disk.number) == words.get("DISK"):
                return disk
        raise _Refused("There is no such disk: LUN=<WWN> or DISK=<MPIO disk number> is needed.")
