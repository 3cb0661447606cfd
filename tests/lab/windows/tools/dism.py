# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dism.exe as far as it services features of the running system."""

from __future__ import annotations

from dataclasses import dataclass

from ...winrm.interface import ProcessResult
from ..features import CATALOGUE, FeatureRow, Features
from ..language import ENGLISH, Language
from ..programs import ProgramContext, console_bytes

SUCCESS = 0
BAD_OPTION = 87
NOT_ELEVATED = 740
RESTART_REQUIRED = 3010
UNKNOWN_FEATURE = 0x800F080C
"""-2146498548, as captured from a Chef run with a wrong feature name."""
_PROMPT_SECONDS = 600.0

_VALUELESS = frozenset(
    {
        "online", "english", "quiet", "norestart", "all", "limitaccess", "remove", "enable-feature",
        "disable-feature", "get-features", "get-featureinfo", "?", "help",
    }
)  # fmt: skip
_WITH_VALUE = frozenset({"featurename", "source", "format", "logpath", "loglevel", "scratchdir", "packagename"})
_ACTIONS = ("enable-feature", "disable-feature", "get-features", "get-featureinfo")
_SINCE_6_2 = frozenset({"all", "source", "limitaccess", "remove"})
"""Options that DISM of 6.1 does not know."""

TEXTS = {
    "banner": "Deployment Image Servicing and Management tool",
    "version": "Version",
    "image": "Image Version",
    "enabling": "Enabling feature(s)",
    "disabling": "Disabling feature(s)",
    "done": "The operation completed successfully.",
    "restart": "Restart Windows to complete this operation.\nDo you want to restart the computer now? (Y/N)",
    "error": "Error",
    "not_elevated": "DISM needs elevated permissions. Run it from an elevated command prompt.",
    "bad_option": "The {option} option is unknown.",
    "missing": "The command needs the {option} option.",
    "unknown_feature": "Feature name {name} is unknown.",
    "usage": "Usage: DISM.exe /online {command} [options]",
    "features": "Features listing for package : Microsoft-Windows-ServerCore-Package",
    "information": "Feature Information:",
    "name": "Feature Name",
    "display_name": "Display Name",
    "description": "Description",
    "restart_required": "Restart Required",
    "possible": "Possible",
    "state": "State",
    "properties": "Custom Properties:",
    "no_properties": "(No custom properties found)",
}
"""The words in English; layout as recorded on Windows 11 for another feature."""
_PROGRESS = "[==========================100.0%==========================]"


@dataclass(frozen=True)
class _Request:
    action: str | None
    options: dict[str, str]

    def has(self, option: str) -> bool:
        return option in self.options


class _BadOption(Exception):
    def __init__(self, option: str, text: str = "bad_option") -> None:
        self.option = option
        self.text = text
        super().__init__(option)


class Dism:
    """The program, bound to one server's features."""

    def __init__(self, features: Features, knows_english: bool = True) -> None:
        """``knows_english`` is about ``/english`` on 2008 R2."""
        self._features = features
        self._knows_english = knows_english
        self._version = f"{features.release.version}.16384"

    @property
    def present(self) -> bool:
        """Whether the release has it."""
        return self._features.release.has_dism

    def __call__(self, argv: list[str], context: ProgramContext) -> ProcessResult:
        """Run one command."""
        english = any(word.lower() == "/english" for word in argv)
        say = ENGLISH if english and self._has_option("english") else context.language
        banner = f"\n{say(TEXTS['banner'])}\n{say(TEXTS['version'])}: {self._version}\n"
        code, text = self._run(argv, context, say)
        return ProcessResult(console_bytes(banner + text, context.code_page), b"", code)

    def _run(self, argv: list[str], context: ProgramContext, say: Language) -> tuple[int, str]:
        try:
            request = self._parse(argv)
            if request.action is None:
                command = "{" + " | ".join(f"/{action}" for action in _ACTIONS) + "}"
                return SUCCESS, f"\n{say(TEXTS['usage'], command=command)}\n"
            if not context.elevated:
                return _failure(NOT_ELEVATED, say(TEXTS["not_elevated"]), say)
            if not request.has("online"):
                raise _BadOption("online", "missing")
            code, text = self._act(request, context, say)
        except _BadOption as error:
            return _failure(BAD_OPTION, say(TEXTS[error.text], option=error.option), say)
        return code, f"\n{say(TEXTS['image'])}: {self._version}\n{text}"

    def _act(self, request: _Request, context: ProgramContext, say: Language) -> tuple[int, str]:
        if request.action == "get-features":
            return SUCCESS, self._list(say)
        name = request.options.get("featurename")
        if not name:
            raise _BadOption("featurename", "missing")
        row = self._features.find(name)
        if row is None:
            return _failure(UNKNOWN_FEATURE, say(TEXTS["unknown_feature"], name=name), say)
        if request.action == "get-featureinfo":
            return SUCCESS, self._information(row, say)
        return self._change(row, request, context, say)

    def _change(self, row: FeatureRow, request: _Request, context: ProgramContext, say: Language) -> tuple[int, str]:
        enabling = request.action == "enable-feature"
        restart_needed = self._features.enable(row.name) if enabling else self._features.disable(row.name)
        text = ""
        if not request.has("quiet"):
            text = f"\n{say(TEXTS['enabling' if enabling else 'disabling'])}\n{_PROGRESS}\n"
        text += f"{say(TEXTS['done'])}\n"
        if not restart_needed:
            return SUCCESS, text
        if not request.has("norestart"):
            # Without /norestart DISM asks; with /quiet it does not ask, it restarts.
            agreed = request.has("quiet")
            if not agreed:
                text += f"{say(TEXTS['restart'])} \n"
                answer = context.stdin.read_all(_PROMPT_SECONDS) or b""
                agreed = answer.strip().lower().startswith(b"y")
            if agreed and self._features.restart is not None:
                self._features.restart()
        return RESTART_REQUIRED, text

    def _list(self, say: Language) -> str:
        rows = "".join(
            f"\n{say(TEXTS['name'])} : {row.name}\n{say(TEXTS['state'])} : {self._state(row, say)}\n"
            for row in CATALOGUE
        )
        return f"\n{say(TEXTS['features'])}\n{rows}\n{say(TEXTS['done'])}\n"

    def _state(self, row: FeatureRow, say: Language) -> str:
        return say(self._features.state(row.name).value)

    def _information(self, row: FeatureRow, say: Language) -> str:
        # "Possible" describes the feature; it does not mean that a restart is pending.
        return (
            f"\n{say(TEXTS['information'])}\n"
            f"\n{say(TEXTS['name'])} : {row.name}\n"
            f"{say(TEXTS['display_name'])} : {say(row.display_name)}\n"
            f"{say(TEXTS['description'])} : {say(row.description)}\n"
            f"{say(TEXTS['restart_required'])} : {say(TEXTS['possible'])}\n"
            f"{say(TEXTS['state'])} : {self._state(row, say)}\n"
            f"\n{say(TEXTS['properties'])}\n\n{say(TEXTS['no_properties'])}\n\n{say(TEXTS['done'])}\n"
        )

    def _has_option(self, option: str) -> bool:
        if self._features.release.major_minor >= (6, 2):
            return True
        return option not in _SINCE_6_2 and (option != "english" or self._knows_english)

    def _parse(self, argv: list[str]) -> _Request:
        options: dict[str, str] = {}
        actions: list[str] = []
        for argument in argv:
            name, _unused, value = argument[1:].partition(":")
            option = name.lower()
            known = option in _VALUELESS or (option in _WITH_VALUE and value)
            if argument[:1] not in ("/", "-") or not known or not self._has_option(option):
                raise _BadOption(name or argument)
            if option in _ACTIONS:
                actions.append(option)
            options[option] = value
        if len(actions) > 1:
            raise _BadOption(actions[1])
        return _Request(actions[0] if actions and not {"?", "help"} & options.keys() else None, options)


def _failure(code: int, sentence: str, say: Language) -> tuple[int, str]:
    shown = f"0x{code:x}" if code > 0xFFFF else str(code)
    return code, f"\n{say(TEXTS['error'])}: {shown}\n\n{sentence}\n"
