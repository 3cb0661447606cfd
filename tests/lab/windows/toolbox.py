# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which programs a simulated server has, and how a typed name finds one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .programs import Program
from .tools.cscript import Cscript
from .tools.diskpart import Diskpart
from .tools.dism import Dism
from .tools.hp_dsm_setup import HpDsmSetup
from .tools.hpdsm import Hpdsm
from .tools.initiator_setup import ForbiddenShare, InitiatorSetup
from .tools.iscsicli import Iscsicli
from .tools.misc import Hostname, Whoami, chcp, findstr
from .tools.mpclaim import Mpclaim
from .tools.ocsetup import Ocsetup
from .tools.reg import Reg
from .tools.sc import Net, Sc
from .tools.servermanagercmd import ServerManagerCmd
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
        self._host = host
        dism = Dism(host.features, host.switches.dism_6_1_knows_english)
        ocsetup = Ocsetup(host.features, host.switches)
        server_manager = ServerManagerCmd(host.features)
        mpclaim = Mpclaim(host.disks, host.features)
        self._programs: dict[str, tuple[Program, Callable[[], bool]]] = {
            "chcp": (chcp, lambda: True),
            "cscript": (Cscript(host), lambda: True),
            "diskpart": (self._diskpart(), lambda: True),
            "dism": (dism, lambda: dism.present),
            "findstr": (findstr, lambda: True),
            "hostname": (Hostname(host.name), lambda: True),
            "iscsicli": (Iscsicli(host.initiator), lambda: host.package.has_service),
            "mpclaim": (mpclaim, lambda: mpclaim.present),
            "net": (Net(host.services), lambda: True),
            "ocsetup": (ocsetup, lambda: ocsetup.present),
            "reg": (Reg(host.registry, self._old_listings), lambda: True),
            "sc": (Sc(host.services), lambda: True),
            "servermanagercmd": (server_manager, lambda: server_manager.present),
            "shutdown": (Shutdown(host.life, host.release), lambda: True),
            "whoami": (Whoami(host.name, host.user, host.release), lambda: True),
        }

        if host.hp_dsm:
            dsm = host.hp_dsm
            self._programs["hpdsm"] = (Hpdsm(dsm, host.switches), lambda: dsm.installed)

    def _old_listings(self) -> bool:
        return not self._host.release.since_vista and self._host.switches.reg_2003_prints_header

    def _diskpart(self) -> Program:
        host = self._host

        def script(path: str) -> bytes | None:
            return host.shell.files.read(path)  # the shell comes after its tools

        return Diskpart(host.disks, host.name, host.release, host.rescan_disks, script)

    def _brought(self, wanted: str) -> Program | None:
        """Return a program that an administrator has brought, by its path in lower case."""
        host, package, dsm = self._host, self._host.spec.package, self._host.hp_dsm
        found: Program | None = None
        if package and wanted == package.path.lower():
            found = InitiatorSetup(host.package, package, host.switches)
        elif dsm and wanted == dsm.spec.path.lower():
            found = HpDsmSetup(dsm.install, host.switches)
        elif dsm and dsm.installed and wanted == dsm.spec.removal_path.lower():
            found = HpDsmSetup(dsm.remove, host.switches)
        if found is not None and wanted.startswith("\\\\") and not host.spec.credentials_travel:
            return ForbiddenShare()
        return found

    def find(self, name: str) -> Program | None:
        """Return the program of a typed name: with or without directory and extension, in any letter case."""
        wanted = name.lower()
        brought = self._brought(wanted)
        if brought is not None:
            return brought
        for directory in SYSTEM_DIRECTORIES:
            wanted = wanted.removeprefix(directory)
        for extension in _EXTENSIONS:
            wanted = wanted.removesuffix(extension)
        program, present = self._programs.get(wanted, (None, None))
        return program if present is not None and present() else None
