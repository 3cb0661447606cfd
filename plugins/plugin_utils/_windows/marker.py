# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs note in the registry of a host. Private to the collection.

That a run changed MPIO since Windows last started: Windows itself does not say that a claim waits for a restart
(mpclaim -n: "caller may need to reboot"), so a run that was cut between claim and restart could not be told from a
restart that did not help. The note names the boot in which it was written; with the next one it means nothing any more.

That a run changed timers, in the same way: Windows reads them when it starts.

Which disks a run took offline to change their DSM: whatever becomes of the run, a later one brings them back.

That a run has begun to change the DSM: a start type that somebody set by hand must not pass for that.

Which program of HP's DSM a run ran last, in which boot, and whether it said that it had worked: what a setup does may
be seen only after a restart, and a removal that removed nothing is not run for one restart after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from .._model import DsmNotes, SetupRun
from .._wire.command import Command
from .actions import Draft
from .text import reg

_KEY: Final = r"SOFTWARE\eva.mpio"
_VALUE: Final = "MpioChangedInBoot"
_TIMERS: Final = "TimersChangedInBoot"
_OFFLINE: Final = "DisksTakenOffline"
_CHANGE: Final = "DsmChangeBegun"
_SETUP: Final = "DsmProgramRun"
_INSTALLS: Final = {"installation": True, "removal": False}
_ENDED: Final = {"begun": False, "ended": True}
_SAME_BOOT: Final = timedelta(seconds=10)
"""The boot time is computed from clock and uptime, so it moves a little."""

QUERY: Final = Command("reg", ("query", f"HKLM\\{_KEY}"))
"""The command that shows the notes."""
SERVICING_WAITS: Final = "a change of features or updates waits for a restart"
"""What Windows itself says when the servicing of its components is not complete."""


def write(booted: datetime) -> Draft:
    """Return the command that leaves the note for this boot.

    It stands in one line with the change and before it: so the note is there however early the line is cut, and the
    exit code of the line is that of the tool that makes the change.
    """
    return _note(_VALUE, booted)


def write_timers(booted: datetime) -> Draft:
    """Return the command that notes for this boot that timers were changed, which Windows reads when it starts."""
    return _note(_TIMERS, booted)


def _note(value: str, booted: datetime) -> Draft:
    return _text(value, booted.isoformat())


def _text(value: str, data: str) -> Draft:
    return Draft("reg", ("add", f"HKLM\\{_KEY}", "/v", value, "/t", "REG_SZ", "/d", data, "/f"))


def _taken_away(value: str) -> Draft:
    return Draft("reg", ("delete", f"HKLM\\{_KEY}", "/v", value, "/f"))


def names(registry: reg.Registry, booted: datetime) -> bool:
    """Tell whether the note that MPIO was changed is there and names this boot."""
    return _names(registry.value(_KEY, _VALUE), booted)


def names_timers(registry: reg.Registry, booted: datetime) -> bool:
    """Tell whether the note that timers were changed is there and names this boot."""
    return _names(registry.value(_KEY, _TIMERS), booted)


def _names(value: reg.Value | None, booted: datetime) -> bool:
    return value is not None and _is_boot(value.data.strip(), booted)


def _is_boot(noted: str, booted: datetime) -> bool:
    try:
        moment = datetime.fromisoformat(noted)
    except ValueError:
        return False
    return moment.tzinfo is not None and abs(moment - booted) <= _SAME_BOOT


def write_taken_offline(wwns: Sequence[str]) -> Draft:
    """Return the command that notes all LUNs whose disks are offline because of a run; without any, the note goes."""
    if not wwns:
        return _taken_away(_OFFLINE)
    # reg add takes several texts with \0 between them (reg /?).
    data = "\\0".join(wwns)
    return Draft("reg", ("add", f"HKLM\\{_KEY}", "/v", _OFFLINE, "/t", "REG_MULTI_SZ", "/d", data, "/f"))


def taken_offline(registry: reg.Registry) -> tuple[str, ...]:
    """Return the WWNs of the LUNs whose disks are noted as taken offline."""
    value = registry.value(_KEY, _OFFLINE)
    return tuple(wwn.strip().upper() for wwn in value.texts if wwn.strip()) if value else ()


def write_setup(run: SetupRun, booted: datetime) -> Draft:
    """Return the command that notes which program of HP's DSM is run, in this boot, or has ended."""
    words = (_word(_INSTALLS, run.installs), run.program, _word(_ENDED, run.ended))
    return _text(_SETUP, " ".join((booted.isoformat(), *words)))


def _word(words: Mapping[str, bool], meant: bool) -> str:
    return next(word for word, meaning in words.items() if meaning is meant)


def write_change() -> Draft:
    """Return the command that notes that the DSM is being changed."""
    return _text(_CHANGE, "yes")


def end_change(removed: bool) -> tuple[Draft, ...]:
    """Return the commands that take the note of a change away, and that of the removal where the DSM is gone."""
    return (*([_taken_away(_SETUP)] if removed else []), _taken_away(_CHANGE))


def dsm_notes(registry: reg.Registry, booted: datetime) -> DsmNotes:
    """Return what is noted of HP's DSM and of a change of DSM; a note that nobody understands says nothing."""
    value = registry.value(_KEY, _SETUP)
    return DsmNotes(registry.value(_KEY, _CHANGE) is not None, _setup(value.data, booted) if value else None)


def _setup(data: str, booted: datetime) -> SetupRun | None:
    words = data.split()
    if len(words) != 4 or words[1] not in _INSTALLS or words[3] not in _ENDED:
        return None
    boot, kind, program, end = words
    return SetupRun(_INSTALLS[kind], program, _ENDED[end], _is_boot(boot, booted))
