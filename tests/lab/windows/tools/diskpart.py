# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""diskpart.exe: commands typed on its standard input, or read from a script (``/s``).

What it prints follows a public recording of Server 2012 (banner, ``san``, ``list disk``, ``online disk``); the rest of
the wording is that of Microsoft's pages, or ours. Exit codes: Microsoft, "DiskPart scripts and examples".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ...winrm.interface import ProcessResult
from ..installation import page_files
from ..language import Language
from ..programs import ProgramContext, codec_of, console_bytes
from ..releases import Release
from ..storage.disks import Disks
from ..storage.layouts import NewDiskPolicy
from ..wmi.disk_rows import DiskRow, disk_rows

TEXTS = {
    "banner": "\nMicrosoft DiskPart version {version}\n\nCopyright (C) {years}Microsoft Corporation.\n",
    "computer": "On computer: {computer}\n",
    "policy": "\nSAN Policy  : {policy}\n",
    "policy_set": "\nDiskPart successfully changed the SAN policy for the current operating system.\n",
    "scanning": "\nPlease wait while DiskPart scans your configuration...\n",
    "scanned": "\nDiskPart has finished scanning your configuration.\n",
    "disks": (
        "\n  Disk ###  Status         Size     Free     Dyn  Gpt\n"
        "  --------  -------------  -------  -------  ---  ---\n"
    ),
    "disk": "Disk {number}",
    "online": "Online",
    "offline": "Offline",
    "selected": "\nDisk {number} is now the selected disk.\n",
    "not_selected": "\nThere is no disk selected to {verb}.\nSelect a disk and try again.\n",
    "no_such_disk": "\nThe disk you specified is not valid.\n",
    "onlined": "\nDiskPart successfully onlined the selected disk.\n",
    "offlined": "\nDiskPart successfully offlined the selected disk.\n",
    "already_online": "\nVirtual Disk Service error:\nThis disk is already online.\n",
    "already_offline": "\nVirtual Disk Service error:\nThis disk is already offline.\n",
    "leaving": "\nLeaving DiskPart...\n",
    "bad_arguments": "\nThe arguments specified for this command are not valid.\n",
    "commands": "\nLIST        - Display a list of objects.\nRESCAN      - Rescan the computer looking for disks.\n",
    "no_script": "\nDiskPart was unable to open the script file {path}\n",
    "elevation": "The requested operation requires elevation.\n",
}
POLICY_TEXTS = {
    NewDiskPolicy.ONLINE_ALL: "Online All",
    NewDiskPolicy.OFFLINE_SHARED: "Offline Shared",
    NewDiskPolicy.OFFLINE_ALL: "Offline All",
    NewDiskPolicy.OFFLINE_INTERNAL: "Offline Internal",
}
_PROMPT = "\nDISKPART> "
_COPYRIGHT_YEARS = {(5, 2): "1999-2001 ", (6, 0): "1999-2007 ", (6, 1): "1999-2008 ", (6, 2): "1999-2012 "}
_COPYRIGHT_YEARS_SINCE_6_3 = "1999-2013 "
_WORDS = {policy: text.replace(" ", "").lower() for policy, text in POLICY_TEXTS.items()}
_OFFLINE_INTERNAL_SINCE = (6, 2)
"""VDS_SP_OFFLINE_INTERNAL came with Windows 8 (MS-VDS 2.2.2.2.1.1 and Microsoft's page of setsanpolicy)."""
SUCCEEDED, NO_SCRIPT, SERVICE_FAILED, SYNTAX = 0, 3, 4, 5
ELEVATION_REQUIRED = 740
TERMINATED = 0xC000013A
_UNITS = ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB"))


class _CommandError(Exception):
    """A command that did not work; a script ends with the code unless the command says ``noerr``."""

    def __init__(self, code: int, text: str, **fields: object) -> None:
        self.code = code
        self.text = text
        self.fields = fields
        super().__init__(text)


@dataclass
class _Session:
    """One run: what it has printed, and the disk that has the focus."""

    say: Language
    printed: list[str] = field(default_factory=list)
    focus: int | None = None

    def __call__(self, text: str, **fields: object) -> None:
        self.printed.append(self.say(text, **fields))


class Diskpart:
    """The program, bound to one server."""

    def __init__(
        self,
        disks: Disks,
        computer: str,
        release: Release,
        rescan: Callable[[], None],
        read_file: Callable[[str], bytes | None],
    ) -> None:
        """``rescan`` looks for disks; ``read_file`` reads a script of the server, None where there is none."""
        self._disks = disks
        self._computer = computer
        self._release = release
        self._rescan_disks = rescan
        self._read_file = read_file
        self._commands: dict[str, Callable[[list[str], _Session], None]] = {
            "list": self._list,
            "offline": self._offline,
            "online": self._online,
            "rescan": self._rescan,
            "select": self._select,
        }
        if release.since_vista:
            self._commands["san"] = self._san
        else:  # Microsoft's page of diskpart for 2003 has neither; there ONLINE is for volumes of dynamic disks
            del self._commands["offline"], self._commands["online"]

    def __call__(self, argv: list[str], context: ProgramContext) -> ProcessResult:
        """Run to the end of the script, or of standard input."""
        if self._release.since_vista and not context.elevated:
            text = context.language(TEXTS["elevation"])
            return ProcessResult(b"", console_bytes(text, context.code_page), ELEVATION_REQUIRED)
        session = _Session(context.language)
        self._greet(session)
        words = [word.lower() for word in argv]
        if "/s" in words and words.index("/s") + 1 < len(argv):
            code = self._script(argv[words.index("/s") + 1], session, context)
        else:
            code = self._typed(session, context)
        return ProcessResult(console_bytes("".join(session.printed), context.code_page), b"", code)

    def _greet(self, session: _Session) -> None:
        years = _COPYRIGHT_YEARS.get(self._release.major_minor, _COPYRIGHT_YEARS_SINCE_6_3)
        session(TEXTS["banner"], version=self._release.version, years=years)
        session(TEXTS["computer"], computer=self._computer)

    def _script(self, path: str, session: _Session, context: ProgramContext) -> int:
        """Run a script: the first command that fails ends it."""
        held = self._read_file(path)
        if held is None:
            session(TEXTS["no_script"], path=path)
            return NO_SCRIPT
        for line in held.decode(codec_of(context.code_page), errors="replace").splitlines():
            words = line.split()
            if words and words[0].lower() == "exit":
                break
            code = self._perform(words, session)
            if code and "noerr" not in [word.lower() for word in words]:
                return code
        return SUCCEEDED

    def _typed(self, session: _Session, context: ProgramContext) -> int:
        """Run what is typed: a command that fails ends nothing, and the exit code tells of nothing."""
        given = None
        while given is None:
            given = context.stdin.read_all(1.0)
        if context.terminated():
            return TERMINATED
        for line in given.decode(codec_of(context.code_page), errors="replace").splitlines():
            session.printed.append(_PROMPT)
            words = line.split()
            if words and words[0].lower() == "exit":
                session(TEXTS["leaving"])
                return SUCCEEDED
            self._perform(words, session)
        session.printed.append(_PROMPT)
        return SUCCEEDED

    def _perform(self, words: list[str], session: _Session) -> int:
        if not words or words[0].lower() == "rem":
            return SUCCEEDED
        command = self._commands.get(words[0].lower())
        try:
            if command is None:
                raise _CommandError(SYNTAX, TEXTS["commands"])
            command([word.lower() for word in words[1:] if word.lower() != "noerr"], session)
        except _CommandError as error:
            session(error.text, **error.fields)
            return error.code
        return SUCCEEDED

    # commands

    def _rescan(self, words: list[str], session: _Session) -> None:
        session(TEXTS["scanning"])
        self._rescan_disks()
        session(TEXTS["scanned"])

    def _san(self, words: list[str], session: _Session) -> None:
        if not words:
            session(TEXTS["policy"], policy=session.say(POLICY_TEXTS[self._disks.layouts.policy]))
            return
        wanted = {word: policy for policy, word in _WORDS.items()}
        if self._release.major_minor < _OFFLINE_INTERNAL_SINCE:
            del wanted[_WORDS[NewDiskPolicy.OFFLINE_INTERNAL]]
        name, _unused, value = words[0].partition("=")
        if len(words) != 1 or name != "policy" or value not in wanted:
            raise _CommandError(SYNTAX, TEXTS["bad_arguments"])
        self._disks.layouts.set_policy(wanted[value])
        session(TEXTS["policy_set"])

    def _list(self, words: list[str], session: _Session) -> None:
        if words[:1] != ["disk"]:
            raise _CommandError(SYNTAX, TEXTS["commands"])
        session(TEXTS["disks"])
        for row in disk_rows(self._disks):
            mark = "*" if row.number == session.focus else " "
            name = session.say(TEXTS["disk"], number=row.number)
            state = session.say(TEXTS["offline" if row.offline else "online"])
            free = 0 if row.partitions else row.size
            session.printed.append(f"{mark} {name:<8}  {state:<13}  {_size(row.size)}  {_size(free)}\n")

    def _select(self, words: list[str], session: _Session) -> None:
        if len(words) != 2 or words[0] != "disk" or not words[1].isdigit():
            raise _CommandError(SYNTAX, TEXTS["bad_arguments"])
        if all(row.number != int(words[1]) for row in disk_rows(self._disks)):
            session.focus = None
            raise _CommandError(SERVICE_FAILED, TEXTS["no_such_disk"])
        session.focus = int(words[1])
        session(TEXTS["selected"], number=session.focus)

    def _online(self, words: list[str], session: _Session) -> None:
        row = self._focused("online", words, session)
        if not row.offline:
            raise _CommandError(SERVICE_FAILED, TEXTS["already_online"])
        self._disks.online(row.identity)
        session(TEXTS["onlined"])

    def _offline(self, words: list[str], session: _Session) -> None:
        row = self._focused("offline", words, session)
        if row.offline:
            raise _CommandError(SERVICE_FAILED, TEXTS["already_offline"])
        self._disks.offline(row.identity)
        session(TEXTS["offlined"])

    def _focused(self, verb: str, words: list[str], session: _Session) -> DiskRow:
        """Return the disk that has the focus; one of Windows or with a page file cannot be taken offline.

        Microsoft's page of ``offline disk`` does not say what is printed then.
        """
        if words != ["disk"]:
            raise _CommandError(SYNTAX, TEXTS["bad_arguments"])
        row = next((row for row in disk_rows(self._disks) if row.number == session.focus), None)
        paging = {path[:1].upper() for path in page_files(self._disks.registry)}
        if row is None or row.holds_system or paging & set(row.letters):
            raise _CommandError(SERVICE_FAILED, TEXTS["not_selected"], verb=verb)
        return row


def _size(size: int) -> str:
    """Return a size in the column's four digits and unit."""
    unit, name = next(((unit, name) for unit, name in _UNITS if size >= 10 * unit), (1, "B "))
    return f"{size // unit:>4} {name}" if size else "   0 B "
