# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line of mpclaim: switches, checks, exit codes."""

from __future__ import annotations

import re
from collections.abc import Callable

from ....winrm.interface import ProcessResult
from ...features import Features
from ...language import Language
from ...programs import ProgramContext, console_bytes
from ...storage.claim_lists import LoadedLists
from ...storage.disks import Disks
from ...storage.hardware_ids import unit_hardware_id
from ...storage.policies import PathState, PathWish, Policy, PolicyRefusedError
from . import first_dialect, texts, views

SUCCESS = 0
FILE_NOT_FOUND = 2
ACCESS_DENIED = 5
NOT_SUPPORTED = 50
INVALID_PARAMETER = 87
DEPENDENCY_FAILED = 1068
NOT_FOUND = 1168
"""Exit codes are not documented: these are Windows' numbers for what went wrong, a guess with a switch."""

_PATH_ID = re.compile(r"[0-9a-fA-F]{16}")
_TUPLE_LENGTH = 4


class _Failure(Exception):
    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(texts.SYSTEM_MESSAGES[code])


class _Usage(Exception):
    pass


class Mpclaim:
    """The program, bound to one server's disks and features."""

    def __init__(self, disks: Disks, features: Features) -> None:
        """Keep what the program works on."""
        self._disks = disks
        self._features = features

    @property
    def present(self) -> bool:
        """Whether the program is on the server: from 6.1 it comes with the feature, that of 6.0 installs it."""
        dialect = self._disks.release.mpclaim_dialect
        return dialect == "6.0" or (dialect is not None and self._features.files_present)

    def __call__(self, argv: list[str], context: ProgramContext) -> ProcessResult:
        """Run one command."""
        if self._disks.release.mpclaim_dialect == "6.0":
            return first_dialect.run(self._disks, self._features, argv, context)
        say = context.language
        try:
            if not context.elevated:
                raise _Failure(ACCESS_DENIED)
            with self._disks.lock:
                code, text = self._run(argv, say)
        except _Usage:
            code, text = INVALID_PARAMETER, f"\n{say(texts.INVALID_SWITCH)}\n{say(texts.USAGE)}"
        except _Failure as failure:
            code, text = failure.code, f"\n{say(str(failure))}\n"
        if not self._disks.switches.mpclaim_reports_failures and code not in (SUCCESS, self._reboot_code):
            code = SUCCESS
        return ProcessResult(console_bytes(text, context.code_page), b"", code)

    @property
    def _reboot_code(self) -> int:
        return self._disks.switches.mpclaim_reboot_exit_code

    def _run(self, argv: list[str], say: Language) -> tuple[int, str]:
        if not argv:
            return SUCCESS, say(texts.USAGE)
        verb, rest = argv[0].lower(), argv[1:]
        if verb in ("-r", "-n"):
            return self._claim(verb == "-r", rest)
        if verb == "-s":
            return SUCCESS, self._show(rest, say)
        if verb == "-l":
            self._set(rest)
            return SUCCESS, ""
        queries: dict[str, Callable[[Disks, Language], str]] = {
            "-e": views.connected_storage,
            "-h": views.supported_storage,
        }
        if verb in queries and not rest:
            return SUCCESS, queries[verb](self._disks, say)
        # -b and -v write a file, and a simulated server has none to offer.
        raise _Usage

    # claims

    def _claim(self, reboot: bool, arguments: list[str]) -> tuple[int, str]:
        if len(arguments) < 2:
            raise _Usage
        claim_switch, device_switch, device_ids = arguments[0].lower(), arguments[1].lower(), arguments[2:]
        if claim_switch not in ("-i", "-u") or device_switch not in ("-d", "-a", "-c"):
            raise _Usage
        if device_switch == "-d":
            if not device_ids or not all(device_id.strip() for device_id in device_ids):
                raise _Usage
        else:
            self._check_empty_id(device_ids)
            device_ids = self._applicable(claim_switch, only_spc3=device_switch == "-c")
        if claim_switch == "-i":
            if self._disks.switches.mpclaim_needs_device_list and not self._disks.mpio.lists.has_device_list:
                raise _Failure(FILE_NOT_FOUND)
            # An id is taken as it is typed: a badly padded one is stored and never matches.
            waiting = self._disks.claim(device_ids)
        else:
            waiting = self._disks.unclaim(device_ids)
        if not waiting:
            return SUCCESS, ""
        if reboot and self._features.restart is not None:
            self._features.restart()
        return self._reboot_code, ""

    def _check_empty_id(self, device_ids: list[str]) -> None:
        if not device_ids and self._disks.switches.mpclaim_accepts_bare_all:
            return
        if len(device_ids) != 1 or device_ids[0].strip():
            raise _Usage

    def _applicable(self, claim_switch: str, only_spc3: bool) -> list[str]:
        stored: LoadedLists = self._disks.mpio.lists.load()
        if claim_switch == "-u":
            return list(stored.entries())
        units = [unit for unit, _unused in self._disks.units() if not only_spc3 or unit.target_port_group is not None]
        return list(dict.fromkeys(unit_hardware_id(unit) for unit in units))

    # policies

    def _show(self, arguments: list[str], say: Language) -> str:
        apply_to = arguments[0].lower() if arguments else ""
        if apply_to == "-d" and len(arguments) <= 2:
            if len(arguments) == 2:
                number = self._number(arguments[1])
                disk = self._disks.mpio.disk_numbered(number) if self._disks.mpio.running else None
                if disk is None:
                    raise _Failure(NOT_FOUND)
                return views.disk_detail(self._disks, disk, say)
            noise = "" if self._disks.mpio.running else f"{say(texts.NO_SERVICE)}\n" * texts.NO_SERVICE_LINES
            return noise + views.disk_list(self._disks, say)
        if apply_to == "-m" and len(arguments) == 1:
            return views.wide_policy(self._disks, say)
        if apply_to == "-t" and len(arguments) == 1:
            return views.target_policies(self._disks, say)
        raise _Usage

    def _set(self, arguments: list[str]) -> None:
        apply_to = arguments[0].lower() if arguments else ""
        parameters = arguments[1:]
        least = {"-d": 2, "-m": 1, "-t": 2}.get(apply_to)
        if least is None or len(parameters) < least or (apply_to != "-d" and len(parameters) > least):
            raise _Usage
        if not self._disks.mpio.running:
            raise _Failure(DEPENDENCY_FAILED)
        try:
            if apply_to == "-m":
                self._disks.set_wide_policy(self._policy(parameters[0]))
            elif apply_to == "-t":
                self._disks.set_target_policy(parameters[0], self._policy(parameters[1]))
            else:
                self._set_disk(parameters)
        except PolicyRefusedError as refusal:
            unsupported = refusal.status == PolicyRefusedError.NOT_SUPPORTED
            raise _Failure(NOT_SUPPORTED if unsupported else INVALID_PARAMETER) from refusal

    def _set_disk(self, parameters: list[str]) -> None:
        disk = self._disks.mpio.disk_numbered(self._number(parameters[0]))
        policy = self._policy(parameters[1])
        wishes = self._wishes(parameters[2:])
        if disk is None:
            raise _Failure(NOT_FOUND)
        self._disks.set_policy(disk, policy, wishes, by_method=False)

    def _wishes(self, words: list[str]) -> list[PathWish]:
        if len(words) % _TUPLE_LENGTH:
            raise _Usage
        wishes: list[PathWish] = []
        for start in range(0, len(words), _TUPLE_LENGTH):
            path_id, state, weight, preferred = words[start : start + _TUPLE_LENGTH]
            if not _PATH_ID.fullmatch(path_id) or preferred not in ("0", "1"):
                raise _Usage
            number = self._number(state)
            if number > PathState.UNAVAILABLE:
                raise _Usage
            wishes.append(PathWish(int(path_id, 16), PathState(number), self._number(weight), preferred == "1"))
        return wishes

    def _policy(self, word: str) -> Policy:
        number = self._number(word)
        if number > Policy.VENDOR_SPECIFIC:
            raise _Usage
        return Policy(number)

    @staticmethod
    def _number(word: str) -> int:
        if not word.isascii() or not word.isdigit():
            raise _Usage
        return int(word)
