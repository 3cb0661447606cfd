# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which programs a simulated server has, and how a typed name finds one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .programs import Program
from .tools.dism import Dism
from .tools.iscsicli import Iscsicli
from .tools.misc import Hostname, Whoami, chcp, findstr
from .tools.mpclaim import Mpclaim
from .tools.reg import Reg
from .tools.sc import Net, Sc
from .tools.shutdown import Shutdown

if TYPE_CHECKING:
    from .host import Host

SYSTEM_DIRECTORIES = ("c:\\windows\\system32\\", "c:\\windows\\", "c:\\windows\\sysnative\\")
"""Where the programs lie; both are in PATH. Sysnative leads a 32-bit caller there."""
_EXTENSIONS = (".com", ".exe", ".bat", ".cmd")


class Toolbox:
    """The programs of one server by their name without extension. There is no PowerShell among them."""

    def __init__(self, host: Host) -> None:
        """Bind the programs to the server's parts."""
        dism = Dism(host.features)
        mpclaim = Mpclaim(host.disks, host.features)
        self._programs: dict[str, tuple[Program, Callable[[], bool]]] = {
            "chcp": (chcp, lambda: True),
            "dism": (dism, lambda: dism.present),
            "findstr": (findstr, lambda: True),
            "hostname": (Hostname(host.name), lambda: True),
            "iscsicli": (Iscsicli(host.initiator), lambda: host.release.initiator_included),
            "mpclaim": (mpclaim, lambda: mpclaim.present),
            "net": (Net(host.services), lambda: True),
            "reg": (Reg(host.registry), lambda: True),
            "sc": (Sc(host.services), lambda: True),
            "shutdown": (Shutdown(host.life), lambda: True),
            "whoami": (Whoami(host.name, host.user), lambda: True),
        }

    def find(self, name: str) -> Program | None:
        """Return the program of a typed name: with or without directory and extension, in any letter case."""
        wanted = name.lower()
        for directory in SYSTEM_DIRECTORIES:
            wanted = wanted.removeprefix(directory)
        for extension in _EXTENSIONS:
            wanted = wanted.removesuffix(extension)
        program, present = self._programs.get(wanted, (None, None))
        return program if present is not None and present() else None
