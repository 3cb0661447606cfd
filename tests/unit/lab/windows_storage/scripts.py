# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server reduced to what a script reaches: files, environment, and the WMI classes of disks and MPIO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from ansible_collections.eva.mpio.tests.lab.windows.files import FileStore
from ansible_collections.eva.mpio.tests.lab.windows.programs import ProgramContext
from ansible_collections.eva.mpio.tests.lab.windows.tools.cscript import Cscript
from ansible_collections.eva.mpio.tests.lab.windows.wmi import disks as disk_classes
from ansible_collections.eva.mpio.tests.lab.windows.wmi import mpio as mpio_classes
from ansible_collections.eva.mpio.tests.lab.windows.wmi.inputs import unknown_class
from ansible_collections.eva.mpio.tests.lab.winrm.interface import ConsoleInput, WmiClass

from .conftest import Storage, build

PATH = r"C:\scripts\test.vbs"


@dataclass
class ScriptServer:
    """Stands for a host; its storage is the one of the other tests here."""

    storage: Storage
    name: str = "FILESERVER"
    shell: Any = field(default_factory=lambda: SimpleNamespace(files=FileStore()))
    environment: Mapping[str, str] = field(default_factory=lambda: {"USERPROFILE": r"C:\Users\x", "TEMP": r"C:\Temp"})

    @property
    def release(self) -> Any:
        return self.storage.features.release

    @property
    def switches(self) -> Any:
        return self.storage.switches

    def wmi_class(self, namespace: str, class_name: str) -> WmiClass:
        found = [*mpio_classes.classes(self.storage.disks),
                 *disk_classes.classes(self.storage.disks, self.storage.features)]  # fmt: skip
        for space, wmi_class in found:
            if (space.lower(), wmi_class.name.lower()) == (namespace.lower(), class_name.lower()):
                return wmi_class
        raise unknown_class()

    def wmi_subclasses(self, namespace: str, class_name: str) -> Sequence[WmiClass]:
        return [self.wmi_class(namespace, class_name)]

    def run(
        self, script: str, *words: str, options: Sequence[str] = ("//nologo",), stdin: bytes = b"", **how: Any
    ) -> tuple[int | None, str, str]:
        """Run a script; return its exit code, what it printed, and what cscript complained of."""
        self.shell.files.write(PATH, script.replace("\n", "\r\n").encode("cp437"))
        console = ConsoleInput()
        console.feed(stdin, end=True)
        result = Cscript(self)([*options, PATH, *words], replace(ProgramContext(console, 437), **how))
        return result.exit_code, *(
            text.decode("cp437").replace("\r\n", "\n") for text in (result.stdout, result.stderr)
        )

    def prints(self, script: str, *words: str, **how: Any) -> list[str]:
        """Run a script that must go well; return its lines."""
        code, out, err = self.run(script, *words, **how)
        assert (code, err) == (0, "")
        return out.splitlines()

    def says(self, expression: str) -> str:
        """Return what an expression prints."""
        (line,) = self.prints(f"WScript.Echo {expression}")
        return line


def script_server(release: str = "2012r2", **switches: Any) -> ScriptServer:
    return ScriptServer(build(release, **switches))
