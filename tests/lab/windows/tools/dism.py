# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dism.exe as far as it services features of the running system."""

from __future__ import annotations

from dataclasses import dataclass

from ...winrm.interface import ProcessResult
from ..features import CATALOGUE, FeatureRow, Features
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
    "banner": "\nDeployment Image Servicing and Management tool\nVersion: {version}\n",
    "image": "\nImage Version: {version}\n",
    "enabling": "\nEnabling feature(s)\n",
    "disabling": "\nDisabling feature(s)\n",
    "progress": "[==========================100.0%==========================]\n",
    "done": "The operation completed successfully.\n",
    "restart": "Restart Windows to complete this operation.\nDo you want to restart the computer now? (Y/N) ",
    "not_elevated": "\nError: 740\n\nDISM needs elevated permissions. Run it from an elevated command prompt.\n",
    "bad_option": "\nError: 87\n\nThe {option} option is unknown.\n",
    "missing": "\nError: 87\n\nThe command needs the {option} option.\n",
    "unknown_feature": "\nError: 0x800f080c\n\nFeature name {name} is unknown.\n",
    "usage": "\nUsage: DISM.exe /online {command} [options]\n",
}
"""English texts; layout as recorded on Windows 11 for another feature."""


@dataclass(frozen=True)
class _Request:
    action: str | None
    options: dict[str, str]

    def has(self, option: str) -> bool:
        return option in self.options


class _BadOption(Exception):
    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(text)


class Dism:
    """The program, bound to one server's features."""

    def __init__(self, features: Features) -> None:
        """Keep the features."""
        self._features = features
        self._version = f"{features.release.version}.16384"

    @property
    def present(self) -> bool:
        """DISM is part of every release from 2008 R2."""
        return self._features.release.major_minor >= (6, 1)

    def __call__(self, argv: list[str], context: ProgramContext) -> ProcessResult:
        """Run one command."""
        banner = TEXTS["banner"].format(version=self._version)
        code, text = self._run(argv, context)
        return ProcessResult(console_bytes(banner + text, context.code_page), b"", code)

    def _run(self, argv: list[str], context: ProgramContext) -> tuple[int, str]:
        try:
            request = self._parse(argv)
        except _BadOption as error:
            return BAD_OPTION, error.text
        if request.action is None:
            return SUCCESS, TEXTS["usage"].format(command="{" + " | ".join(f"/{action}" for action in _ACTIONS) + "}")
        if not context.elevated:
            return NOT_ELEVATED, TEXTS["not_elevated"]
        if not request.has("online"):
            return BAD_OPTION, TEXTS["missing"].format(option="online")
        code, text = self._act(request, context)
        return code, TEXTS["image"].format(version=self._version) + text

    def _act(self, request: _Request, context: ProgramContext) -> tuple[int, str]:
        if request.action == "get-features":
            return SUCCESS, self._list()
        name = request.options.get("featurename")
        if not name:
            return BAD_OPTION, TEXTS["missing"].format(option="featurename")
        row = self._features.find(name)
        if row is None:
            return UNKNOWN_FEATURE, TEXTS["unknown_feature"].format(name=name)
        if request.action == "get-featureinfo":
            return SUCCESS, self._information(row)
        return self._change(row, request, context)

    def _change(self, row: FeatureRow, request: _Request, context: ProgramContext) -> tuple[int, str]:
        enabling = request.action == "enable-feature"
        restart_needed = self._features.enable(row.name) if enabling else self._features.disable(row.name)
        text = "" if request.has("quiet") else TEXTS["enabling" if enabling else "disabling"] + TEXTS["progress"]
        text += TEXTS["done"]
        if not restart_needed:
            return SUCCESS, text
        if not request.has("norestart"):
            # Without /norestart DISM asks; with /quiet it does not ask, it restarts.
            agreed = request.has("quiet")
            if not agreed:
                text += TEXTS["restart"] + "\n"
                answer = context.stdin.read_all(_PROMPT_SECONDS) or b""
                agreed = answer.strip().lower().startswith(b"y")
            if agreed and self._features.restart is not None:
                self._features.restart()
        return RESTART_REQUIRED, text

    def _list(self) -> str:
        rows = "".join(
            f"\nFeature Name : {row.name}\nState : {self._features.state(row.name).value}\n" for row in CATALOGUE
        )
        return f"\nFeatures listing for package : Microsoft-Windows-ServerCore-Package\n{rows}\n{TEXTS['done']}"

    def _information(self, row: FeatureRow) -> str:
        # "Possible" describes the feature; it does not mean that a restart is pending.
        return (
            "\nFeature Information:\n"
            f"\nFeature Name : {row.name}\nDisplay Name : {row.display_name}\nDescription : {row.description}\n"
            f"Restart Required : Possible\nState : {self._features.state(row.name).value}\n"
            f"\nCustom Properties:\n\n(No custom properties found)\n\n{TEXTS['done']}"
        )

    def _parse(self, argv: list[str]) -> _Request:
        options: dict[str, str] = {}
        actions: list[str] = []
        for argument in argv:
            name, _unused, value = argument[1:].partition(":")
            option = name.lower()
            known = option in _VALUELESS or (option in _WITH_VALUE and value)
            too_new = option in _SINCE_6_2 and self._features.release.major_minor < (6, 2)
            if argument[:1] not in ("/", "-") or not known or too_new:
                raise _BadOption(TEXTS["bad_option"].format(option=name or argument))
            if option in _ACTIONS:
                actions.append(option)
            options[option] = value
        if len(actions) > 1:
            raise _BadOption(TEXTS["bad_option"].format(option=actions[1]))
        return _Request(actions[0] if actions and not {"?", "help"} & options.keys() else None, options)
