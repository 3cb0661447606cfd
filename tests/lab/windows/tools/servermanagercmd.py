# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ServerManagerCmd.exe of Server 2008 and 2008 R2 (TechNet cc733119 has its options and exit codes)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...winrm.interface import ProcessResult
from ..features import CATALOGUE, FeatureRow, Features, FeatureState
from ..language import Language
from ..programs import ProgramContext, console_bytes

SUCCESS = 0
BAD_ARGUMENT = 4
NO_RIGHTS = 5
NOTHING_TO_CHANGE = 1003
RESTART_REQUIRED = 3010

_VALUELESS = frozenset({"allsubfeatures", "whatif", "restart", "help", "?", "version"})
_WITH_VALUE = frozenset({"install", "remove", "resultpath", "logpath", "inputpath"})
_WITH_OPTIONAL_VALUE = frozenset({"query"})
_PRESENT = (FeatureState.ENABLED, FeatureState.ENABLE_PENDING)

TEXTS = {
    "deprecated": "Servermanagercmd.exe is deprecated, and may be missing from later releases of Windows.\n\n",
    "installing": "Start Installation...\n",
    "removing": "Start Removal...\n",
    "installed": "[Installation] Succeeded: [{name}].\n",
    "removed": "[Removal] Succeeded: [{name}].\n",
    "success": "Success: Installation succeeded.\n",
    "restart": "Warning: You must restart this server to finish the process.\n",
    "nothing": "NoChange: No changes were made.\n",
    "rights": "Access is denied.\n",
    "argument": "ArgumentNotValid: {word}\n",
    "usage": "ServerManagerCmd -query | -install <Id> | -remove <Id> | -inputPath <file> | -version | -help\n",
    "query": "----- Features (* indicates changes that need a restart) -----\n\n",
}
"""Our own short forms of what the program prints."""


@dataclass
class _Request:
    options: dict[str, str] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        return name in self.options


class _BadArgument(Exception):
    def __init__(self, word: str) -> None:
        self.word = word
        super().__init__(word)


class ServerManagerCmd:
    """The program, bound to one server's features."""

    def __init__(self, features: Features) -> None:
        """Keep the features."""
        self._features = features

    @property
    def present(self) -> bool:
        """Whether the release and edition have it."""
        return self._features.release.has_server_manager_command

    def __call__(self, argv: list[str], context: ProgramContext) -> ProcessResult:
        """Run one command."""
        say = context.language
        try:
            code, text = self._run(_parse(argv), context)
        except _BadArgument as error:
            code, text = BAD_ARGUMENT, say(TEXTS["argument"], word=error.word) + say(TEXTS["usage"])
        if self._features.release.major_minor >= (6, 1):
            text = say(TEXTS["deprecated"]) + text
        return ProcessResult(console_bytes(f"\n{text}", context.code_page), b"", code)

    def _run(self, request: _Request, context: ProgramContext) -> tuple[int, str]:
        say = context.language
        if not request.options or request.has("help") or request.has("?") or request.has("version"):
            return SUCCESS, say(TEXTS["usage"])
        if not context.elevated:
            return NO_RIGHTS, say(TEXTS["rights"])
        if request.has("query"):
            return SUCCESS, self._list(say)
        if request.has("install") == request.has("remove"):
            raise _BadArgument("-install")  # neither, or both; an answer file is not offered here
        removing = request.has("remove")
        row = _row(request.options["remove" if removing else "install"])
        return self._change(row, removing, request, say)

    def _change(self, row: FeatureRow, removing: bool, request: _Request, say: Language) -> tuple[int, str]:
        there = self._features.state(row.name) in _PRESENT
        if there != removing:
            return NOTHING_TO_CHANGE, say(TEXTS["nothing"])
        text = say(TEXTS["removing" if removing else "installing"])
        if request.has("whatif"):
            return SUCCESS, text
        restart_needed = (self._features.disable if removing else self._features.enable)(row.name)
        text += say(TEXTS["removed" if removing else "installed"], name=say(row.display_name))
        if not restart_needed:
            return SUCCESS, text + say(TEXTS["success"])
        if request.has("restart") and self._features.restart is not None:
            self._features.restart()
        return RESTART_REQUIRED, text + say(TEXTS["restart"])

    def _list(self, say: Language) -> str:
        rows = "".join(
            f"[{'X' if self._features.state(row.name) in _PRESENT else ' '}] {say(row.display_name)}  "
            f"[{row.server_manager_id}]\n"
            for row in CATALOGUE
        )
        return say(TEXTS["query"]) + rows


def _row(name: str) -> FeatureRow:
    found = next((row for row in CATALOGUE if row.server_manager_id.lower() == name.lower()), None)
    if found is None:
        raise _BadArgument(name)
    return found


def _parse(argv: list[str]) -> _Request:
    """Read the options, which begin with a dash or a slash.

    Raises:
        _BadArgument: an option that the program does not know, or one without its value.
    """
    request = _Request()
    words = list(argv)
    while words:
        word = words.pop(0)
        option = word[1:].lower() if word[:1] in ("-", "/") else ""
        value = words[0] if words and words[0][:1] not in ("-", "/") else None
        if option in _VALUELESS:
            request.options[option] = ""
        elif option in _WITH_VALUE and value is not None:
            request.options[option] = words.pop(0)
        elif option in _WITH_OPTIONAL_VALUE:
            request.options[option] = words.pop(0) if value is not None else ""
        else:
            raise _BadArgument(word)
    return request
